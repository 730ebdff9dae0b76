{#- A fingerprint of each period's rows: their number and the sum of their hashes, each row hashed once and summed by day or month first. -#}
{% macro period_fingerprints(input, rows, day, row_hash, grains, summed_by='day') -%}
    {%- set start -%}
        case grains.period_grain
            {%- for grain in grains %}
            when '{{ grain }}' then {{ period_start(grain, 'summed.starts_on') }}
            {%- endfor %}
        end
    {%- endset -%}
    select
        '{{ input }}' as input,
        grains.period_grain,
        {{ start }} as period_start,
        {{ rows_fingerprint('sum(summed.row_count)', 'sum(summed.hash_sum)') }} as fingerprint

    from (

        select
            {{ period_start(summed_by, day) }} as starts_on,
            count(*) as row_count,
            sum(cast({{ row_hash }} as decimal(38, 0))) as hash_sum

        from {{ rows }}
        group by {{ period_start(summed_by, day) }}

    ) as summed
    cross join (
        {%- for grain in grains %}
        select '{{ grain }}' as period_grain
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as grains
    group by
        grains.period_grain,
        {{ start }}
{%- endmacro %}
