-- The calendar that KPI periods are made of. Weeks are ISO weeks: they begin on Monday and belong to the year of their Thursday.
with

calendar_days as (

    select
        calendar_days.day_on,
        {{ iso_day_of_week('calendar_days.day_on') }} as iso_weekday,
        cast(date_trunc('week', calendar_days.day_on) as {{ type_date() }}) as week_start_on,
        cast(date_trunc('month', calendar_days.day_on) as {{ type_date() }}) as month_start_on,
        cast(date_trunc('quarter', calendar_days.day_on) as {{ type_date() }}) as quarter_start_on,
        cast(date_trunc('year', calendar_days.day_on) as {{ type_date() }}) as year_start_on

    from {{ ref('int_days__spined') }} as calendar_days

),

days_with_thursdays as (

    select
        calendar_days.day_on,
        calendar_days.iso_weekday,
        calendar_days.week_start_on,
        calendar_days.month_start_on,
        calendar_days.quarter_start_on,
        calendar_days.year_start_on,
        {{ add_days_to_date('calendar_days.week_start_on', 3) }} as thursday_on

    from calendar_days

)

select
    calendar_days.day_on,

    cast(calendar_days.iso_weekday as {{ type_integer() }}) as iso_weekday,
    cast(extract(week from calendar_days.day_on) as {{ type_integer() }}) as iso_week,
    cast(extract(year from calendar_days.thursday_on) as {{ type_integer() }}) as iso_year,
    cast(extract(month from calendar_days.day_on) as {{ type_integer() }}) as month_number,
    cast(extract(quarter from calendar_days.day_on) as {{ type_integer() }}) as quarter_number,
    cast(extract(year from calendar_days.day_on) as {{ type_integer() }}) as year_number,
    calendar_days.iso_weekday >= 6 as is_weekend,

    calendar_days.week_start_on,
    calendar_days.month_start_on,
    calendar_days.quarter_start_on,
    calendar_days.year_start_on

from days_with_thursdays as calendar_days
