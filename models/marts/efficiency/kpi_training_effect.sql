-- Did a course help? Resolution time and satisfaction of the trained agents' tickets in the 30 days after it against the 30 days
-- before, both looked at for the same time, with the interval of the difference. A difference is no proof: it says what changed, not why.
-- noqa: disable=LT02
{% set values = {'resolution_minutes': 'resolution_minutes', 'csat': 'overall_score'} -%}

with

observations as (

    select
        windows.observation_key,
        windows.agent_key,

        windows.course,
        windows.side,

        windows.resolution_minutes,
        windows.overall_score

    from {{ ref('int_training_windows__observed') }} as windows

    union all

    -- Once a side, also of an agent who took two courses shortly after each other.
    select distinct
        windows.observation_key,
        windows.agent_key,

        'all' as course,
        windows.side,

        windows.resolution_minutes,
        windows.overall_score

    from {{ ref('int_training_windows__observed') }} as windows

),

sums as (

    select
        observations.course,

        count(distinct observations.agent_key) as agent_count
        {%- for name, column in values.items() %}
        {%- for side in ['before', 'after'] %}
        {%- set value = "case when observations.side = '" ~ side ~ "' then observations." ~ column ~ ' end' %},
        count({{ value }}) as {{ name }}_{{ side }}_n,
        cast({{ exact_sum(value) }} as {{ type_double() }}) as {{ name }}_{{ side }}_sum,
        cast({{ exact_sum_of_squares(value) }} as {{ type_double() }}) as {{ name }}_{{ side }}_squares,
        percentile_cont(0.5) within group (order by {{ value }}) as {{ name }}_{{ side }}_median
        {%- endfor %}
        {%- endfor %}

    from observations
    group by observations.course

),

means as (

    select
        sums.course,

        sums.agent_count
        {%- for name in values %}
        {%- for side in ['before', 'after'] %}
        {%- set part = 'sums.' ~ name ~ '_' ~ side %},
        {{ part }}_n,
        {{ safe_divide(part ~ '_sum', part ~ '_n') }} as {{ name }}_{{ side }},
        {{ part }}_median,
        -- The variance of the mean; rounding may leave a hair below 0.
        {{ safe_divide(
            'greatest(' ~ part ~ '_squares - ' ~ part ~ '_sum * ' ~ part ~ '_sum / nullif(' ~ part ~ '_n, 0), 0)',
            part ~ '_n * (' ~ part ~ '_n - 1)'
        ) }} as {{ name }}_{{ side }}_variance
        {%- endfor %}
        {%- endfor %}

    from sums

)

select
    means.course,

    means.resolution_minutes_before_n < {{ var('minimum_sample') }}
    or means.resolution_minutes_after_n < {{ var('minimum_sample') }} as is_small_sample,

    means.agent_count
    {%- for name in values %},
    means.{{ name }}_before_n,
    means.{{ name }}_after_n,
    means.{{ name }}_before as {{ name }}_before_mean,
    means.{{ name }}_after as {{ name }}_after_mean,
    means.{{ name }}_before_median,
    means.{{ name }}_after_median,
    means.{{ name }}_after - means.{{ name }}_before as {{ name }}_change,
    means.{{ name }}_after - means.{{ name }}_before
    - {{ interval_z() }} * sqrt(means.{{ name }}_before_variance + means.{{ name }}_after_variance) as {{ name }}_change_lower,
    means.{{ name }}_after - means.{{ name }}_before
    + {{ interval_z() }} * sqrt(means.{{ name }}_before_variance + means.{{ name }}_after_variance) as {{ name }}_change_upper,
    {{ safe_divide('means.' ~ name ~ '_after - means.' ~ name ~ '_before', 'means.' ~ name ~ '_before') }} as {{ name }}_relative_change
    {%- endfor %}

from means
