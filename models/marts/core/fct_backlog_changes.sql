-- By how many tickets does the backlog change on a day, in whole and by age? Each unsolved stretch of a ticket's life puts one ticket
-- in and takes it out again; growing older it moves from one age to the next, and with its holder, team or priority from under one to under
-- the other. So the cost goes with the number of stretches, not with tickets times days, and the backlog of a day is never changed by
-- what becomes of a ticket later. A ticket that came and went on one day changes nothing, and is there all the same: from that day on
-- those who had it have a backlog, if only of 0.
-- noqa: disable=LT02
{{ keyed_by('int_ticket_members__fingerprinted', 'ticket_key') }}

{% set ages = [
    {'name': 'up_to_1d', 'from_days': 0, 'to_days': 1},
    {'name': 'over_1d_up_to_3d', 'from_days': 1, 'to_days': 3},
    {'name': 'over_3d_up_to_7d', 'from_days': 3, 'to_days': 7},
    {'name': 'over_7d', 'from_days': 7, 'to_days': none}
] -%}
{% set end_of_creation_day = add_microseconds(to_utc(add_days_to_date('tickets.created_on', 1), business_time_zone()), -1) -%}

with

unsolved_stretches as (

    select
        intervals.ticket_key,

        intervals.started_at,
        intervals.ended_at,
        tickets.created_at

    from {{ ref('fct_ticket_intervals') }} as intervals
    inner join {{ ref('fct_tickets') }} as tickets
        on intervals.ticket_key = tickets.ticket_key
    where
        tickets.is_in_scope
        and tickets.is_resolved is not null
        and intervals.activity <> 'resolved'

    union all

    -- Intervals are cut at as_of, where an open ticket goes on; one that was opened at that very moment has none before it.
    select
        tickets.ticket_key,

        tickets.ends_at as started_at,
        cast(null as {{ type_timestamp() }}) as ended_at,
        tickets.created_at

    from {{ ref('fct_tickets') }} as tickets
    where
        tickets.is_in_scope
        and not tickets.is_resolved

),

member_stretches as (

    select
        stretches.ticket_key,
        members.agent_key,

        members.agent_team,
        members.priority,

        greatest(stretches.started_at, members.held_from) as started_at,
        case
            when stretches.ended_at is null and members.held_to = cast('9999-12-31 00:00:00' as {{ type_timestamp() }}) then null
            else least(stretches.ended_at, members.held_to)
        end as ended_at,
        stretches.created_at

    from unsolved_stretches as stretches
    inner join {{ ref('int_ticket_members__held') }} as members
        on
            stretches.ticket_key = members.ticket_key
            and stretches.started_at < members.held_to
            and (stretches.ended_at is null or stretches.ended_at > members.held_from)

),

stretches_by_age as (
    {% for age in ages %}
    select
        stretches.ticket_key,
        stretches.agent_key,

        stretches.agent_team,
        stretches.priority,
        '{{ age.name }}' as age_name,

        greatest(stretches.started_at, {{ add_days('stretches.created_at', age.from_days) }}) as started_at,
        {% if age.to_days is none -%}
        stretches.ended_at
        {%- else -%}
        -- Exactly so many days old is not older: an age that is reached at as_of is reached after it.
        case
            when {{ add_days('stretches.created_at', age.to_days) }} < {{ as_of() }}
                then least(stretches.ended_at, {{ add_days('stretches.created_at', age.to_days) }})
            else stretches.ended_at
        end as ended_at
        {%- endif %}

    from member_stretches as stretches
    where
        (stretches.ended_at is null or {{ add_days('stretches.created_at', age.from_days) }} < stretches.ended_at)
        {%- if age.from_days > 0 %}
        and {{ add_days('stretches.created_at', age.from_days) }} < {{ as_of() }}
        {%- endif %}
        {%- if age.to_days is not none %}
        and stretches.started_at <= {{ add_days('stretches.created_at', age.to_days) }}
        {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

changes as (

    select
        stretches.ticket_key,
        stretches.agent_key,

        stretches.agent_team,
        stretches.priority,
        stretches.age_name,

        1 as ticket_change,

        stretches.started_at as changed_at

    from stretches_by_age as stretches

    union all

    select
        stretches.ticket_key,
        stretches.agent_key,

        stretches.agent_team,
        stretches.priority,
        stretches.age_name,

        -1 as ticket_change,

        stretches.ended_at as changed_at

    from stretches_by_age as stretches
    where stretches.ended_at is not null

    union all

    -- Whoever holds it when the day of its creation ends, or did when it was resolved on that day.
    select
        tickets.ticket_key,
        members.agent_key,

        members.agent_team,
        members.priority,
        '{{ ages[0].name }}' as age_name,

        0 as ticket_change,

        tickets.created_at as changed_at

    from {{ ref('fct_tickets') }} as tickets
    inner join {{ ref('int_ticket_members__held') }} as members
        on
            tickets.ticket_key = members.ticket_key
            and members.held_from <= least(coalesce(tickets.resolved_at, {{ as_of() }}), {{ end_of_creation_day }})
            and least(coalesce(tickets.resolved_at, {{ as_of() }}), {{ end_of_creation_day }}) < members.held_to
    where
        tickets.is_in_scope
        and tickets.is_resolved is not null

),

dated_changes as (

    select
        changes.ticket_key,
        changes.agent_key,

        changes.agent_team,
        changes.priority,

        cast(sum(changes.ticket_change) as {{ type_integer() }}) as open_change,
        {%- for age in ages %}
        cast(sum(case when changes.age_name = '{{ age.name }}' then changes.ticket_change else 0 end) as {{ type_integer() }})
            as open_{{ age.name }}_change,
        {%- endfor %}

        {{ business_date('changes.changed_at') }} as changed_on

    from changes
    group by
        changes.ticket_key,
        changes.agent_key,
        changes.agent_team,
        changes.priority,
        {{ business_date('changes.changed_at') }}
    -- Members that a ticket only passed through on a day have nothing of it.
    having
        count(*) filter (where changes.ticket_change = 0) > 0
        {%- for age in ages %}
        or sum(case when changes.age_name = '{{ age.name }}' then changes.ticket_change else 0 end) <> 0
        {%- endfor %}

)

select
    dated_changes.ticket_key,
    tickets.source_system,
    tickets.shop,
    tickets.merchant_key,
    dated_changes.agent_key,

    tickets.channel,
    tickets.issue_type,
    tickets.contact_reason,
    dated_changes.priority,
    tickets.product_category,
    tickets.region,
    tickets.customer_tier,
    dated_changes.agent_team,

    dated_changes.open_change,
    {%- for age in ages %}
    dated_changes.open_{{ age.name }}_change,
    {%- endfor %}

    dated_changes.changed_on

from dated_changes
inner join {{ ref('fct_tickets') }} as tickets
    on dated_changes.ticket_key = tickets.ticket_key
