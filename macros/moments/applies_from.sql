{#- From when on a version applies: from its change on, and of a key's first one from the beginning. A window expression over the versions. -#}
{% macro applies_from(key, changed_at) -%}
    case
        when row_number() over (partition by {{ key }} order by {{ changed_at }} asc nulls first) = 1
            then cast('1900-01-01 00:00:00' as {{ type_timestamp() }})
        else {{ changed_at }}
    end
{%- endmacro %}
