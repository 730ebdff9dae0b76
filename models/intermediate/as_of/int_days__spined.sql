-- Every day the warehouse may speak of: whole years, from that of the earliest thing in the data to that of as_of.
with

bounds as (

    select
        cast(date_trunc('year', {{ business_date('resolved.first_at') }}) as {{ type_date() }}) as first_on,
        {{ add_days_to_date(
            add_months_to_date("date_trunc('year', " ~ business_date('resolved.as_of_at') ~ ")", 12),
            -1
        ) }} as last_on

    from {{ ref('int_as_of__resolved') }} as resolved

),

calendar_days as (

    {{ day_spine('(select bounds.first_on from bounds)', '(select bounds.last_on from bounds)') }}

)

select calendar_days.day_on
from calendar_days
