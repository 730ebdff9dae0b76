{#- All rows of a small table as one input of every period. -#}
{% macro fingerprint_of_rows(relation, columns) -%}
    select
        '{{ relation.identifier }}' as input,
        'all' as period_grain,
        cast('1970-01-01' as {{ type_date() }}) as period_start,
        {{ rows_fingerprint('count(*)', 'sum(cast(' ~ row_hash(columns) ~ ' as decimal(38, 0)))') }} as fingerprint

    from {{ relation }} as listed
{%- endmacro %}
