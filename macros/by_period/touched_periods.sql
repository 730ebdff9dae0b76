{#- The periods of the model that is built that are made anew; of one that is made_by a column, with the values of it. -#}
{% macro touched_periods() -%}
    {{ adapter.dispatch('touched_periods', 'aftersales')() }}
{%- endmacro %}

{% macro default__touched_periods() -%}
    touched_periods
{%- endmacro %}

{% macro spark__touched_periods() -%}
    steps.{{ this.identifier }}__touched_periods
{%- endmacro %}

{#- All periods there are where the table is whole, else those whose inputs changed, of the `grains` that are asked of. -#}
{% macro selected_touched_periods(is_whole, made_by=none, grains="<> 'all'") -%}
    {%- set changed -%}
        {% if is_whole -%}
        select distinct
            {{ named_value('inputs.input') ~ ' as ' ~ made_by ~ ',' if made_by }}
            inputs.period_grain,
            inputs.period_start
        from {{ period_inputs() }} as inputs
        where inputs.period_grain <> 'all'
        {%- else -%}
        {{ changed_periods(this.identifier, grains, made_by) }}
        {%- endif %}
    {%- endset %}
    {{ of_each_value(changed, made_by) if made_by else changed }}
{%- endmacro %}

{#- Whether rows of a table, or notes of them, stand in a period that is made anew. -#}
{% macro is_period_touched(name, made_by=none, made_by_column=none) -%}
    exists (
        select 1 from {{ touched_periods() }} as touched
        where {{ name }}.period_grain = touched.period_grain and {{ name }}.period_start = touched.period_start
        {{ 'and ' ~ name ~ '.' ~ (made_by_column or made_by) ~ ' = touched.' ~ made_by if made_by }}
    )
{%- endmacro %}
