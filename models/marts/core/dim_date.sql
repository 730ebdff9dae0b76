-- The calendar that KPI periods are made of. Weeks are ISO weeks: they begin on Monday and belong to the year of their Thursday.
with

days as (

    select
        days.day_on,
        {{ iso_day_of_week('days.day_on') }} as iso_weekday,
        cast(date_trunc('week', days.day_on) as {{ type_date() }}) as week_start_on,
        cast(date_trunc('month', days.day_on) as {{ type_date() }}) as month_start_on,
        cast(date_trunc('quarter', days.day_on) as {{ type_date() }}) as quarter_start_on,
        cast(date_trunc('year', days.day_on) as {{ type_date() }}) as year_start_on

    from {{ ref('int_days__spined') }} as days

),

days_with_thursdays as (

    select
        days.day_on,
        days.iso_weekday,
        days.week_start_on,
        days.month_start_on,
        days.quarter_start_on,
        days.year_start_on,
        {{ add_days_to_date('days.week_start_on', 3) }} as thursday_on

    from days

)

select
    days.day_on,

    cast(days.iso_weekday as {{ type_integer() }}) as iso_weekday,
    cast(extract(week from days.day_on) as {{ type_integer() }}) as iso_week,
    cast(extract(year from days.thursday_on) as {{ type_integer() }}) as iso_year,
    cast(extract(month from days.day_on) as {{ type_integer() }}) as month_number,
    cast(extract(quarter from days.day_on) as {{ type_integer() }}) as quarter_number,
    cast(extract(year from days.day_on) as {{ type_integer() }}) as year_number,
    days.iso_weekday >= 6 as is_weekend,

    days.week_start_on,
    days.month_start_on,
    days.quarter_start_on,
    days.year_start_on

from days_with_thursdays as days
