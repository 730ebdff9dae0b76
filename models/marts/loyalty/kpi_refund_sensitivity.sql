-- How much more is paid back on days on which customers are less satisfied? The least-squares slope of a day's refunds over its mean score,
-- of days with an answer, with the interval of Student's t. Days that follow one another are no independent draws, and what moves together
-- need not be cause and effect.
-- noqa: disable=LT02
{{ config(materialized='table') }}

with

days as (

    select
        scores.dimension,
        scores.member,

        cast(scores.total as {{ type_double() }}) / scores.n as score,
        cast(coalesce(refunds.total, 0) as {{ type_double() }}) as refund_amount,

        scores.period_start as day_on

    from {{ ref('measure_survey_responses') }} as scores
    inner join {{ ref('measure_members') }} as told
        on
            told.measure = 'refunded_amount'
            and told.is_delivered
            and scores.dimension = told.dimension
            and scores.member = told.member
            and scores.period_start >= told.first_on
    left join {{ ref('measure_refunds') }} as refunds
        on
            refunds.measure = 'refunded_amount'
            and {{ same_cell('scores', 'refunds') }}
    where
        scores.measure = 'overall_score'
        and scores.period_grain = 'day'
        and scores.dimension in ('overall', 'shop')
        and scores.n > 0

),

sums as (
    {% for grain in ['quarter', 'year'] %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'days.day_on') }} as period_start,
        days.dimension,
        days.member,

        cast(count(*) as {{ type_double() }}) as n,
        cast({{ exact_sum('days.score') }} as {{ type_double() }}) as scores,
        cast({{ exact_sum('days.refund_amount') }} as {{ type_double() }}) as refunds,
        cast({{ exact_sum_of_squares('days.score') }} as {{ type_double() }}) as squared_scores,
        cast({{ exact_sum_of_squares('days.refund_amount') }} as {{ type_double() }}) as squared_refunds,
        cast(sum(cast(days.score as decimal(18, 6)) * cast(days.refund_amount as decimal(19, 6))) as {{ type_double() }}) as products

    from days
    group by
        {{ period_start(grain, 'days.day_on') }},
        days.dimension,
        days.member
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

spreads as (

    select
        sums.period_grain,
        sums.period_start,
        sums.dimension,
        sums.member,

        sums.n,
        sums.scores / sums.n as score_mean,
        sums.refunds / sums.n as refund_amount_mean,
        -- Rounding may leave a hair where all days are alike.
        case
            when sums.squared_scores - sums.scores * sums.scores / sums.n > 1e-6
                then sums.squared_scores - sums.scores * sums.scores / sums.n
        end as score_spread,
        sums.squared_refunds - sums.refunds * sums.refunds / sums.n as refund_spread,
        sums.products - sums.scores * sums.refunds / sums.n as joint_spread,
        nullif(sums.n - 2, 0) as freedom

    from sums

),

slopes as (

    select
        spreads.period_grain,
        spreads.period_start,
        spreads.dimension,
        spreads.member,

        spreads.n,
        spreads.score_mean,
        spreads.refund_amount_mean,
        spreads.joint_spread / spreads.score_spread as slope,
        case
            when spreads.freedom > 0
                then sqrt(
                    greatest(spreads.refund_spread - spreads.joint_spread * spreads.joint_spread / spreads.score_spread, 0)
                    / spreads.freedom / spreads.score_spread
                )
        end as standard_error,
        {{ student_t('spreads.freedom') }} as t

    from spreads

),

bounded_slopes as (

    select
        slopes.period_grain,
        slopes.period_start,
        slopes.dimension,
        slopes.member,

        slopes.n,
        slopes.score_mean,
        slopes.refund_amount_mean,
        slopes.slope,
        slopes.slope - slopes.t * slopes.standard_error as slope_lower,
        slopes.slope + slopes.t * slopes.standard_error as slope_upper

    from slopes

)

select
    slopes.period_grain,
    slopes.period_start,
    slopes.dimension,
    slopes.member,

    case
        when slopes.n < {{ var('minimum_sample') }} or slopes.slope_lower is null then 'too_few'
        when slopes.slope_upper < 0 then 'falls'
        when slopes.slope_lower > 0 then 'rises'
        else 'no_evidence'
    end as verdict,

    cast(slopes.n as {{ type_integer() }}) as day_count,
    slopes.score_mean,
    slopes.refund_amount_mean,
    slopes.slope,
    slopes.slope_lower,
    slopes.slope_upper,
    {{ safe_divide('slopes.slope', 'slopes.refund_amount_mean') }} as relative_slope,
    {{ safe_divide('slopes.slope_lower', 'slopes.refund_amount_mean') }} as relative_slope_lower,
    {{ safe_divide('slopes.slope_upper', 'slopes.refund_amount_mean') }} as relative_slope_upper

from bounded_slopes as slopes
