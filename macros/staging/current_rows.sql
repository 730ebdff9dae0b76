{# raw keeps every version of a row that was ever delivered. The current one is the newest by the source's own word, then by
   delivery, then by line of the file: a total order, so that the order of deliveries changes nothing where the source says
   when a row changed. A withdrawn row is left out after ranking, not before, else its last version would come back. #}
{% macro current_rows(relation, key, columns, updated_at='updated_at', is_deleted='is_deleted') -%}
    select
        {%- for column in key + columns %}
        ranked_versions.{{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from (
        select
            {%- for column in key + columns %}
            versions.{{ column }},
            {%- endfor %}
            {%- if is_deleted %}
            versions.{{ is_deleted }} as is_withdrawn,
            {%- endif %}
            row_number() over (
                partition by {% for column in key %}versions.{{ column }}{{ ", " if not loop.last }}{% endfor %}
                order by
                    {%- if updated_at %}
                    versions.{{ updated_at }} desc nulls last,
                    {%- endif %}
                    versions._extract_id desc,
                    versions._line desc
            ) as version_rank
        from {{ relation }} as versions
    ) as ranked_versions
    where
        ranked_versions.version_rank = 1
        {%- if is_deleted %}
        and not coalesce(ranked_versions.is_withdrawn, false)
        {%- endif %}
{%- endmacro %}
