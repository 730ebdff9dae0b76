{#- Whether the period of a grain that a day belongs to is to be made anew; true where `is_touched` says that all are. -#}
{% macro touched_condition(is_touched, grain, day) -%}
    {%- if is_touched and leaves_periods() -%}
    {{ period_start(grain, day) }} in (
                select touched.period_start from {{ touched_periods() }} as touched
                where touched.period_grain = '{{ grain }}'
            )
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}
