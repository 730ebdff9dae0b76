{#- The `changed` periods with the values of the column `made_by` that they are changed of: all that an input names, where the change names none. -#}
{% macro of_each_value(changed, made_by) -%}
    select distinct
        coalesce(nullif(changed.{{ made_by }}, ''), named.{{ made_by }}) as {{ made_by }},
        changed.period_grain,
        changed.period_start
    from (
        {{ changed }}
    ) as changed
    left join (
        select distinct {{ named_value('inputs.input') }} as {{ made_by }}
        from {{ period_inputs() }} as inputs
        where inputs.period_grain <> 'all'
    ) as named
        on changed.{{ made_by }} = '' and named.{{ made_by }} <> ''
{%- endmacro %}
