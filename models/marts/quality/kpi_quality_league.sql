-- Who serves well? Merchants, agents, teams and channels by their service-quality score, from the month upwards. A score of few tickets is
-- drawn towards the overall mean, as if minimum_sample more had come out average; who has fewer than that is not ranked. A rank says little
-- where the intervals of many overlap, so each says between which places it may truly be.
{{ config(materialized='by_period') }}
{% set shrunk_score -%}
    (means.score_mean * means.ticket_count + overall.score_mean * {{ var('minimum_sample') }}) / (means.ticket_count + {{ var('minimum_sample') }})
{%- endset %}

with

scores as (

    {{ measures_side_by_side(ref('measure_tickets'), ['quality_score']) }}

),

means as (

    select
        scores.period_grain,
        scores.period_start,
        scores.dimension,
        scores.member,

        scores.quality_score_n as ticket_count,
        {{ safe_divide('scores.quality_score_total', 'scores.quality_score_n') }} as score_mean,
        {{ mean_bound('-', 'scores.quality_score_n', 'scores.quality_score_total', 'scores.quality_score_squares') }} as score_mean_lower,
        {{ mean_bound('+', 'scores.quality_score_n', 'scores.quality_score_total', 'scores.quality_score_squares') }} as score_mean_upper

    from scores
    where
        scores.period_grain in ('month', 'quarter', 'year')
        and scores.quality_score_n > 0

),

shrunk as (

    select
        means.period_grain,
        means.period_start,
        means.dimension,
        means.member,

        means.ticket_count < {{ var('minimum_sample') }} as is_small_sample,

        means.ticket_count,
        means.score_mean,
        means.score_mean_lower,
        means.score_mean_upper,
        overall.score_mean as overall_score_mean,
        {{ rounded(shrunk_score, 6) }} as shrunk_score,
        coalesce(means.score_mean_upper - means.score_mean, 0)
        * means.ticket_count / (means.ticket_count + {{ var('minimum_sample') }}) as half_width

    from means
    inner join means as overall
        on
            means.period_grain = overall.period_grain
            and means.period_start = overall.period_start
            and overall.dimension = 'overall'
    where
        means.dimension in ('merchant', 'agent', 'agent_team', 'channel')
        and means.member <> 'unknown'

),

ranked as (

    select
        shrunk.period_grain,
        shrunk.period_start,
        shrunk.dimension,
        shrunk.member,

        cast(rank() over (
            partition by shrunk.period_grain, shrunk.period_start, shrunk.dimension
            order by shrunk.shrunk_score desc nulls last
        ) as {{ type_integer() }}) as rank_number,
        count(*) over (partition by shrunk.period_grain, shrunk.period_start, shrunk.dimension) as ranked_member_count,
        shrunk.shrunk_score - shrunk.half_width as lower,
        shrunk.shrunk_score + shrunk.half_width as upper

    from shrunk
    where not shrunk.is_small_sample

),

-- How many others lie below somebody's lower bound, and above their upper one? Counted along all bounds in order, a lower bound before an
-- upper one that equals it.
bounds as (

    select
        ranked.period_grain,
        ranked.period_start,
        ranked.dimension,
        ranked.member,

        0 as is_upper,
        ranked.lower as bound

    from ranked

    union all

    select
        ranked.period_grain,
        ranked.period_start,
        ranked.dimension,
        ranked.member,

        1 as is_upper,
        ranked.upper as bound

    from ranked

),

counted_bounds as (

    select
        bounds.period_grain,
        bounds.period_start,
        bounds.dimension,
        bounds.member,

        bounds.is_upper,
        sum(bounds.is_upper) over passed_bounds as upper_count,
        sum(1 - bounds.is_upper) over passed_bounds as lower_count

    from bounds
    window passed_bounds as (
        partition by bounds.period_grain, bounds.period_start, bounds.dimension
        order by bounds.bound nulls last, bounds.is_upper nulls last
        range between unbounded preceding and current row
    )

),

rank_intervals as (

    select
        counted.period_grain,
        counted.period_start,
        counted.dimension,
        counted.member,

        max(case when counted.is_upper = 0 then counted.upper_count end) as member_below_count,
        max(case when counted.is_upper = 1 then counted.lower_count end) as member_not_above_count

    from counted_bounds as counted
    group by
        counted.period_grain,
        counted.period_start,
        counted.dimension,
        counted.member

)

select
    shrunk.period_grain,
    shrunk.period_start,
    shrunk.dimension,
    shrunk.member,

    grades.grade as quality_grade,
    shrunk.is_small_sample,

    shrunk.ticket_count,
    shrunk.score_mean,
    shrunk.score_mean_lower,
    shrunk.score_mean_upper,
    shrunk.overall_score_mean,
    shrunk.shrunk_score,
    shrunk.shrunk_score - shrunk.half_width as shrunk_score_lower,
    shrunk.shrunk_score + shrunk.half_width as shrunk_score_upper,
    cast(ranked.rank_number as {{ type_integer() }}) as rank_number,
    cast(1 + ranked.ranked_member_count - intervals.member_not_above_count as {{ type_integer() }}) as rank_best,
    cast(ranked.ranked_member_count - intervals.member_below_count as {{ type_integer() }}) as rank_worst,
    cast(ranked.ranked_member_count as {{ type_integer() }}) as ranked_member_count

from shrunk
inner join {{ grade_bounds() }} as grades
    on
        shrunk.shrunk_score >= grades.from_score
        and shrunk.shrunk_score < grades.to_score
left join ranked
    on {{ same_cell('shrunk', 'ranked') }}
left join rank_intervals as intervals
    on {{ same_cell('shrunk', 'intervals') }}
{{ built_from([fingerprints_of(ref('measure_tickets'))]) }}
