-- What is left of a day on which most replies cannot be measured is no sample of that day. Finds days of a source on which, of the tickets
-- that a person replied to, the measured share lies 20 points below that of its 28 days before: a fifth lost at once is no chance at the
-- minimum sample.
{{ config(severity='warn') }}

with

days as (

    select
        tickets.source_system,

        count(*) as replied_count,
        count(tickets.first_reply_at) as measured_count,

        tickets.created_on

    from {{ ref('fct_tickets') }} as tickets
    where
        tickets.is_in_scope
        and tickets.human_reply_count > 0
    group by
        tickets.source_system,
        tickets.created_on

),

days_with_usual as (

    select
        days.source_system,

        days.replied_count,
        days.measured_count,
        sum(earlier_days.replied_count) as usual_replied_count,
        sum(earlier_days.measured_count) as usual_measured_count,

        days.created_on

    from days
    inner join days as earlier_days
        on
            days.source_system = earlier_days.source_system
            and {{ add_days_to_date('days.created_on', -28) }} <= earlier_days.created_on
            and days.created_on > earlier_days.created_on
    group by
        days.source_system,
        days.created_on,
        days.replied_count,
        days.measured_count

)

select
    days_with_usual.source_system,

    days_with_usual.replied_count,
    days_with_usual.measured_count,

    days_with_usual.created_on

from days_with_usual
where
    days_with_usual.replied_count >= {{ var('minimum_sample') }}
    and {{ safe_divide('days_with_usual.measured_count', 'days_with_usual.replied_count') }}
    < {{ safe_divide('days_with_usual.usual_measured_count', 'days_with_usual.usual_replied_count') }} - 0.2
