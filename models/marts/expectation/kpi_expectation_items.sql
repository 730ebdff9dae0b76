-- Of which item do customers expect more than they meet with, and how much does it matter to them? From the month upwards. Means are those
-- of the answers to both halves, so that their difference is the mean gap; importance is asked by itself. What matters as much as the mean
-- item or more, and is met less often than all items together, is where to improve.
-- noqa: disable=LT02,PRS
{% set grains = ['month', 'quarter', 'year'] -%}
{% set dimensions = dimensions_of('ticket') -%}
{% set measures = [
    {'name': 'expected', 'sum': 'case when facts.is_pair then facts.expected_score end'},
    {'name': 'experienced', 'sum': 'case when facts.is_pair then facts.experienced_score end'},
    {'name': 'gap', 'sum': 'facts.gap'},
    {'name': 'importance', 'sum': 'facts.importance_score'},
    {'name': 'half', 'count': 'not facts.is_pair and coalesce(facts.expected_score, facts.experienced_score) is not null'},
    {'name': 'worse', 'count': 'facts.is_worse'},
    {'name': 'important', 'count': 'facts.is_pair and facts.is_most_important'},
    {'name': 'important_met', 'count': 'facts.is_most_important and not facts.is_worse'}
] -%}
{% set items = {
    'facts': ref('fct_expectation_items'), 'date': 'submitted_on', 'columns': {'item': 'item', 'good_direction': 'good_direction'}
} -%}
{% set met_share = safe_divide('means.pair_count - means.worse_count', 'means.pair_count') -%}

with

counted as (

    select
        {{ kpi_cell_columns(dimensions, grains) }},
        observed.member_item as item,
        max(observed.member_good_direction) as good_direction,

        count(observed.gap) as pair_count,
        count(observed.half) as half_answer_count,
        count(observed.worse) as worse_count,
        count(observed.important) as important_pair_count,
        count(observed.important_met) as important_met_count,
        count(observed.importance) as importance_answer_count,
        sum(observed.expected) as expected_sum,
        sum(observed.experienced) as experienced_sum,
        coalesce(sum(observed.gap), 0) as gap_sum,
        sum(observed.gap * cast(observed.gap as decimal(19, 6))) as gap_squares,
        sum(observed.importance) as importance_sum

    from (
        {{ measure_inputs(items, grains, dimensions + ['item', 'good_direction'], measures) }}
    ) as observed
    {{ kpi_grouping_sets(dimensions, grains, grains, ['member_item']) }}

),

means as (

    select
        counted.period_grain,
        counted.period_start,
        counted.dimension,
        counted.member,
        counted.item,
        counted.good_direction,

        counted.pair_count < {{ var('minimum_sample') }} as is_small_sample,

        counted.pair_count,
        counted.half_answer_count,
        counted.worse_count,
        counted.important_pair_count,
        counted.important_met_count,
        counted.importance_answer_count,
        counted.gap_sum,
        counted.gap_squares,
        {{ safe_divide('counted.expected_sum', 'counted.pair_count') }} as expected_mean,
        {{ safe_divide('counted.experienced_sum', 'counted.pair_count') }} as experienced_mean,
        {{ safe_divide('counted.importance_sum', 'counted.importance_answer_count') }} as importance_mean

    from counted

),

-- What all items of a cell with enough answers come to.
cells as (

    select
        means.period_grain,
        means.period_start,
        means.dimension,
        means.member,

        avg(means.importance_mean) as importance_mean,
        {{ safe_divide('sum(means.pair_count - means.worse_count)', 'sum(means.pair_count)') }} as met_share

    from means
    where
        not means.is_small_sample
        and means.importance_mean is not null
    group by
        means.period_grain,
        means.period_start,
        means.dimension,
        means.member

)

select
    means.period_grain,
    means.period_start,
    means.dimension,
    means.member,
    means.item,
    means.good_direction,
    case
        when means.is_small_sample or means.importance_mean is null then null
        when {{ rounded('means.importance_mean - cells.importance_mean', 9) }} >= 0
            then
                case
                    when {{ rounded(met_share ~ ' - cells.met_share', 9) }} < 0
                        then 'improve'
                    else 'keep_up'
                end
        when {{ rounded(met_share ~ ' - cells.met_share', 9) }} < 0 then 'watch'
        else 'enough'
    end as advice,

    means.is_small_sample,

    means.pair_count,
    means.half_answer_count,
    means.expected_mean,
    means.experienced_mean,
    means.experienced_mean - means.expected_mean as difference_mean,
    {{ safe_divide('means.gap_sum', 'means.pair_count') }} as gap_mean,
    {{ mean_bound('-', 'means.pair_count', 'means.gap_sum', 'means.gap_squares') }} as gap_mean_lower,
    {{ mean_bound('+', 'means.pair_count', 'means.gap_sum', 'means.gap_squares') }} as gap_mean_upper,
    means.worse_count,
    {{ safe_divide('means.worse_count', 'means.pair_count') }} as worse_share,
    {{ wilson_bound('-', 'means.worse_count', 'means.pair_count') }} as worse_share_lower,
    {{ wilson_bound('+', 'means.worse_count', 'means.pair_count') }} as worse_share_upper,
    {{ met_share }} as met_share,
    means.importance_answer_count,
    means.importance_mean,
    case
        when not means.is_small_sample and means.importance_mean is not null
            then cast(row_number() over (
                partition by means.period_grain, means.period_start, means.dimension, means.member
                order by
                    case when means.is_small_sample then null else {{ rounded('means.importance_mean', 9) }} end desc nulls last,
                    means.importance_answer_count desc nulls last,
                    means.item asc nulls last
            ) as {{ type_integer() }})
    end as importance_rank,
    means.important_pair_count,
    means.important_met_count

from means
left join cells
    on {{ same_cell('means', 'cells') }}
where means.pair_count > 0
