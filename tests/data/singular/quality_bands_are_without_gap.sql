-- Every value has one band, bands of minutes meet without a gap or an overlap, and each score is one that the KPIs allow.
with

expected_values as (
    {% for dimension, values in {
        'problem_solving': ['root_cause_solved', 'targeted_solution', 'guided_self_solve', 'referred_to_repair', 'unsolved'],
        'attitude': [1, 2, 3, 4, 5], 'communication': [1, 2, 3, 4, 5],
        'follow_up': ['answered_customer', 'solved_after_reopening', 'none']
    }.items() -%}
        {% set is_last = loop.last -%}
        {% for value in values -%}
            select
                '{{ dimension }}' as score_dimension,
                '{{ value }}' as band_value
            {{ 'union all' if not (is_last and loop.last) }}
        {% endfor -%}
    {% endfor -%}
),

minutes as (

    select
        bands.score_dimension,

        bands.above_minutes,
        bands.up_to_minutes,
        row_number() over (
            partition by bands.score_dimension order by bands.above_minutes asc nulls first, bands.up_to_minutes asc nulls last
        ) as band_number,
        lag(bands.up_to_minutes) over (
            partition by bands.score_dimension order by bands.above_minutes asc nulls first, bands.up_to_minutes asc nulls last
        ) as previous_up_to_minutes,
        count(*) over (partition by bands.score_dimension) as band_count

    from {{ ref('quality_bands') }} as bands
    where bands.band_value is null

)

select
    coalesce(expected.score_dimension, bands.score_dimension) as score_dimension,
    'its values do not each have one band' as reason

from expected_values as expected
full outer join (
    select
        bands.score_dimension,
        bands.band_value,
        count(*) as band_count
    from {{ ref('quality_bands') }} as bands
    where bands.band_value is not null
    group by
        bands.score_dimension,
        bands.band_value
) as bands
    on
        expected.score_dimension = bands.score_dimension
        and expected.band_value = bands.band_value
where coalesce(bands.band_count, 0) <> 1 or expected.band_value is null

union all

select
    minutes.score_dimension,
    'its bands of minutes do not meet' as reason

from minutes
where
    (minutes.band_number > 1 and (minutes.previous_up_to_minutes is null or minutes.previous_up_to_minutes <> minutes.above_minutes))
    or (minutes.band_number > 1 and minutes.above_minutes is null)
    or minutes.up_to_minutes <= coalesce(minutes.above_minutes, 0)
    or (
        minutes.band_number = 1
        and (minutes.above_minutes is null) = (minutes.score_dimension = 'problem_solving')
    )
    or (
        minutes.band_number = minutes.band_count
        and (minutes.up_to_minutes is null) = (minutes.score_dimension = 'follow_up')
    )
    or (minutes.score_dimension = 'problem_solving' and minutes.band_count > 1)

union all

select
    bands.score_dimension,
    'a score lies outside 60 to 100' as reason

from {{ ref('quality_bands') }} as bands
where bands.score < 60 or bands.score > 100
