-- Each version compares every pair of the five dimensions once and on the scale from 1/9 to 9, without contradicting itself (consistency
-- ratio up to 0.10), and the versions follow one another without gap or overlap, the last one without end.
with

versions as (

    select
        pairs.version,

        count(*) as pair_count,
        count(distinct least(pairs.score_dimension, pairs.compared_with) || '|' || greatest(pairs.score_dimension, pairs.compared_with))
            as known_pair_count,
        sum(case when pairs.score_dimension = pairs.compared_with then 1 else 0 end) as own_pair_count,
        sum(
            case
                when
                    pairs.score_dimension in ('response_speed', 'problem_solving', 'attitude', 'communication', 'follow_up')
                    and pairs.compared_with in ('response_speed', 'problem_solving', 'attitude', 'communication', 'follow_up')
                    then 0
                else 1
            end
        ) as foreign_count,
        count(*) filter (where pairs.importance < 0.111 or pairs.importance > 9) as off_scale_count,

        count(distinct pairs.valid_from) as start_count,
        count(distinct coalesce(pairs.valid_to, cast('9999-12-31' as {{ type_date() }}))) as end_count,
        min(pairs.valid_from) as valid_from,
        max(pairs.valid_to) as valid_to

    from {{ ref('ahp_pairwise') }} as pairs
    group by pairs.version

),

ordered_versions as (

    select
        versions.version,

        versions.valid_from,
        versions.valid_to,
        lead(versions.valid_from) over (order by versions.valid_from asc nulls last, versions.version asc nulls last) as next_valid_from

    from versions

)

select
    versions.version,
    'it does not compare each pair of the five dimensions once, on the scale from 1/9 to 9 and in one validity' as reason

from versions
where
    versions.pair_count <> 10
    or versions.known_pair_count <> 10
    or versions.own_pair_count > 0
    or versions.foreign_count > 0
    or versions.off_scale_count > 0
    or versions.start_count > 1
    or versions.end_count > 1

union all

select
    versions.version,
    'it does not end where the next version begins' as reason

from ordered_versions as versions
where
    coalesce(versions.valid_to, cast('9999-12-31' as {{ type_date() }}))
    <> coalesce(versions.next_valid_from, cast('9999-12-31' as {{ type_date() }}))
    or versions.valid_to <= versions.valid_from

union all

select distinct
    weights.version,
    'its comparisons contradict one another: the consistency ratio is over 0.10' as reason

from {{ ref('int_quality_weights__computed') }} as weights
where weights.consistency_ratio > 0.10
