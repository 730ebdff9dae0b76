-- Business time is summed over quarters of an hour: an edge between them would count a whole quarter or none.
with

edges as (

    select
        hours.calendar_code as named_by,
        hours.opens_at as edge

    from {{ ref('business_hours') }} as hours

    union all

    select
        hours.calendar_code as named_by,
        hours.closes_at as edge

    from {{ ref('business_hours') }} as hours

    union all

    select
        exceptions.exception_set as named_by,
        exceptions.opens_at as edge

    from {{ ref('calendar_exceptions') }} as exceptions
    where exceptions.exception_type = 'open'

    union all

    select
        exceptions.exception_set as named_by,
        exceptions.closes_at as edge

    from {{ ref('calendar_exceptions') }} as exceptions
    where exceptions.exception_type = 'open'

)

select
    edges.named_by,
    edges.edge

from edges
where
    edges.edge is null
    or not (
        {{ regex_matches('edges.edge', '^([01][0-9]|2[0-3]):(00|15|30|45)$') }}
        or edges.edge = '24:00'
    )
