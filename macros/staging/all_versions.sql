{# Every state of a row that a feed told, each from its updated_at on: for what has to be known as it stood at a moment. Of several
   deliveries of one key and updated_at counts the newest, then the later line, as among current rows; a state that was withdrawn in the
   words of its own updated_at is none, and neither is the withdrawal of a row. Without updated_at there is one state, the last delivered. #}
{% macro all_versions(relation, key, columns) -%}
    select
        {%- for column in key + columns %}
        ranked_versions.{{ column }},
        {%- endfor %}
        ranked_versions.updated_at
    from (
        select
            {%- for column in key + columns %}
            versions.{{ column }},
            {%- endfor %}
            versions.updated_at,
            versions.is_deleted as is_withdrawn,
            row_number() over (
                partition by {% for column in key %}versions.{{ column }}, {% endfor %}versions.updated_at
                order by
                    versions._extract_id desc nulls last,
                    versions._line desc nulls last
            ) as version_rank
        from {{ relation }} as versions
    ) as ranked_versions
    where
        ranked_versions.version_rank = 1
        and not coalesce(ranked_versions.is_withdrawn, false)
{%- endmacro %}
