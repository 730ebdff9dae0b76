-- How many minutes until the first reply do a shop's customers expect of an issue type, by all answers up to the end of a month? What a
-- ticket opened in that month is held against: nothing that is said later rewrites it. Months before the first answer take those of its
-- month. An issue type that nobody was asked about has no row.
with

answers_of_months as (

    select
        items.shop,

        items.issue_type,

        count(*) as answer_count,
        sum(cast(items.expected_score as decimal(18, 6))) as expected_minutes,

        {{ period_start('month', 'items.submitted_on') }} as month_on

    from {{ ref('fct_expectation_items') }} as items
    where
        items.item = 'first_reply_minutes'
        and items.expected_score is not null
        and items.issue_type is not null
    group by
        items.shop,
        items.issue_type,
        {{ period_start('month', 'items.submitted_on') }}

),

first_months as (

    select
        answers.shop,

        answers.issue_type,

        min(answers.month_on) as month_on

    from answers_of_months as answers
    group by
        answers.shop,
        answers.issue_type

),

months as (

    select
        first_months.shop,

        first_months.issue_type,

        periods.period_start as month_on,
        greatest(periods.period_start, first_months.month_on) as counted_to_on

    from first_months
    cross join {{ ref('int_periods__spined') }} as periods
    where periods.period_grain = 'month'

)

select
    months.shop || ':' || months.issue_type || ':' || cast(months.month_on as {{ type_text() }}) as expected_reply_time_key,
    months.shop,

    months.issue_type,

    cast(sum(answers.answer_count) as {{ type_integer() }}) as answer_count,
    {{ safe_divide('sum(answers.expected_minutes)', 'sum(answers.answer_count)') }} as expected_minutes,
    cast({{ safe_divide('sum(answers.expected_minutes) * 60', 'sum(answers.answer_count)') }} as decimal(18, 6)) as expected_seconds,

    months.month_on

from months
inner join answers_of_months as answers
    on
        months.shop = answers.shop
        and months.issue_type = answers.issue_type
        and months.counted_to_on >= answers.month_on
group by
    months.shop,
    months.issue_type,
    months.month_on
