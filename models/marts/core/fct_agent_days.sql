-- A day on which a person replied or resolved a ticket: how many tickets did they resolve? Tickets in scope only, so
-- that a day spent on spam or on questions before a sale is not one on which nothing was resolved.
-- A ticket is resolved by the agent who held it then; bots and agents without a role are no people.
with

replies as (

    select
        events.actor_key as agent_key,

        count(*) as reply_count,

        events.occurred_on as worked_on

    from {{ ref('fct_ticket_events') }} as events
    inner join {{ ref('fct_tickets') }} as tickets
        on events.ticket_key = tickets.ticket_key
    where
        events.is_human_reply
        and tickets.is_in_scope
    group by
        events.actor_key,
        events.occurred_on

),

resolutions as (

    select
        tickets.agent_key,

        count(*) as resolved_count,

        tickets.resolved_on as worked_on

    from {{ ref('fct_tickets') }} as tickets
    inner join {{ ref('int_agents__versioned') }} as agents
        on
            tickets.agent_key = agents.agent_key
            and {{ in_force_at('agents', 'tickets.resolved_at') }}
            and agents.agent_role in ('human', 'partner')
    where tickets.is_in_scope
    group by
        tickets.agent_key,
        tickets.resolved_on

),

days as (

    select
        replies.agent_key,
        replies.worked_on

    from replies

    union

    select
        resolutions.agent_key,
        resolutions.worked_on

    from resolutions

),

-- The team at the end of that day; of who left on it, the last one.
spells_of_days as (

    select
        days.agent_key,
        agents.source_system,

        agents.team as agent_team,

        row_number() over (
            partition by days.agent_key, days.worked_on
            order by agents.applies_from desc nulls last
        ) as place_from_the_end,

        days.worked_on

    from days
    inner join {{ ref('int_agents__versioned') }} as agents
        on
            days.agent_key = agents.agent_key
            and agents.applies_from < {{ to_utc(add_days_to_date('days.worked_on', 1), business_time_zone()) }}
            and {{ to_utc('days.worked_on', business_time_zone()) }} < agents.applies_to

)

select
    spells.agent_key,
    spells.source_system,
    {{ shop_of('spells.source_system') }} as shop,

    spells.agent_team,

    -- Where no status is told, a day without a resolution is not a day on which nothing was resolved.
    cast(case when sources.is_status_told then 1 end as {{ type_integer() }}) as agent_day_count,
    coalesce(replies.reply_count, 0) as reply_count,
    case when sources.is_status_told then coalesce(resolutions.resolved_count, 0) end as resolved_count,

    spells.worked_on

from spells_of_days as spells
left join replies
    on
        spells.agent_key = replies.agent_key
        and spells.worked_on = replies.worked_on
left join resolutions
    on
        spells.agent_key = resolutions.agent_key
        and spells.worked_on = resolutions.worked_on
left join {{ ref('int_ticket_sources__described') }} as sources
    on spells.source_system = sources.source_system
where spells.place_from_the_end = 1
