{#-
  A fingerprint of each period's rows of a base (as in measures_of): their number, and the sum of hashes over all that the roll-up reads of them. A sum
  does not depend on the order of rows, and counts equal ones.
-#}
{% macro measure_fingerprints(base) -%}
    {%- set read_columns = [] -%}
    {%- for dimension in base.dimensions -%}
        {%- do read_columns.append('observed.member_' ~ dimension) -%}
    {%- endfor -%}
    {%- for measure in base.measures -%}
        {%- do read_columns.append('observed.' ~ measure.name) -%}
        {%- if measure.latest_by -%}
            {%- do read_columns.append('observed.' ~ measure.name ~ '_moment') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if base.per -%}
        {%- do read_columns.append('observed.counted_key') -%}
    {%- endif -%}
    select
        '{{ base.facts.identifier }}.{{ base.date }}{{ '.' ~ base.columns.values() | join('.') if base.columns }}' as input,
        grains.period_grain,
        case grains.period_grain
            {%- for grain in kpi_grains() %}
            when '{{ grain }}' then {{ period_start(grain, 'days.day_start') }}
            {%- endfor %}
        end as period_start,
        {{ rows_fingerprint('sum(days.row_count)', 'sum(days.hash_sum)') }} as fingerprint

    from (

        select
            observed.day_start,
            count(*) as row_count,
            sum(cast({{ row_hash(read_columns) }} as decimal(38, 0))) as hash_sum

        from (
            {{ measure_inputs(base, ['day'], base.dimensions, base.measures, with_key='per' in base) }}
        ) as observed
        group by observed.day_start

    ) as days
    cross join (
        {%- for grain in kpi_grains() %}
        select '{{ grain }}' as period_grain
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as grains
    group by
        grains.period_grain,
        case grains.period_grain
            {%- for grain in kpi_grains() %}
            when '{{ grain }}' then {{ period_start(grain, 'days.day_start') }}
            {%- endfor %}
        end
{%- endmacro %}
