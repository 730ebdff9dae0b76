{#-
  The body of a measure table: the measures of several bases (as in measures_of), made anew for the periods whose rows changed. What a period is made
  of is told by the rows' hashes: of all that the roll-up reads of them, day by day.
-#}
{% macro measure_table(bases) -%}
    {{ config(materialized='by_period') }}
    {%- set inputs = [] -%}
    {%- for base in bases -%}
        {%- do inputs.append(measure_fingerprints(base)) -%}
    {%- endfor -%}
    {%- do inputs.append(as_of_fingerprints()) -%}
{{ adapter.dispatch('rows_of_bases', 'aftersales')(bases) }}
{{ built_from(inputs) }}
{%- endmacro %}

{% macro default__rows_of_bases(bases) -%}
with
    {%- for base in bases %}

base_{{ loop.index }} as (

    {{ measures_of(base, is_touched=true) }}

){{ ',' if not loop.last }}
    {%- endfor %}
    {%- for base in bases %}

select
    base_{{ loop.index }}.measure,
    base_{{ loop.index }}.period_grain,
    base_{{ loop.index }}.period_start,
    base_{{ loop.index }}.dimension,
    base_{{ loop.index }}.member,

    base_{{ loop.index }}.total,
    base_{{ loop.index }}.squares,
    base_{{ loop.index }}.n,
    base_{{ loop.index }}.quantile

from base_{{ loop.index }}
{{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- Each base in a statement of its own. -#}
{% macro spark__rows_of_bases(bases) -%}
    {%- for base in bases -%}
        {{ measures_of(base, is_touched=true) }}
        {{ rows_after_rows() if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
