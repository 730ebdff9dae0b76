{#- Until when a version applies: until the next change, without end if there is none. A window expression over the versions. -#}
{% macro applies_to(key, changed_at) -%}
    coalesce(
        lead({{ changed_at }}) over (partition by {{ key }} order by {{ changed_at }} asc nulls first),
        cast('9999-12-31 00:00:00' as {{ type_timestamp() }})
    )
{%- endmacro %}
