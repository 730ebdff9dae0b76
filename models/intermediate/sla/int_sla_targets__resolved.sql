-- Which policy holds for which kind of ticket, from when to when? Of those that fit, the one that names most. Two that name equally
-- many tie: the first by name is taken so that the rest can be computed, and the tie stops publishing.
with

policies as (

    select
        policies.policy_id,

        policies.policy_name,
        policies.metric,
        policies.source_system,
        policies.priority,
        policies.channel,
        policies.issue_type,
        policies.clock,
        policies.calendar_code,
        case when policies.source_system is null then 0 else 1 end
        + case when policies.priority is null then 0 else 1 end
        + case when policies.channel is null then 0 else 1 end
        + case when policies.issue_type is null then 0 else 1 end as named_count,

        policies.target_minutes,

        {{ to_utc('policies.valid_from', business_time_zone()) }} as valid_from_at,
        coalesce(
            {{ to_utc('policies.valid_to', business_time_zone()) }},
            cast('9999-12-31 00:00:00' as {{ type_timestamp() }})
        ) as valid_to_at

    from {{ ref('sla_policies') }} as policies

),

priorities as (

    select coalesce(tickets.priority, 'none') as priority
    from {{ ref('int_tickets__unioned') }} as tickets

    union

    select coalesce(priorities.priority, 'none') as priority
    from {{ ref('int_ticket_priorities__held') }} as priorities

),

kinds as (

    select distinct
        tickets.source_system,
        coalesce(tickets.channel, 'none') as channel,
        coalesce(tickets.issue_type, 'none') as issue_type

    from {{ ref('int_tickets__unioned') }} as tickets

),

fitting_policies as (

    select
        kinds.source_system,
        kinds.channel,
        kinds.issue_type,
        priorities.priority,
        policies.metric,

        policies.policy_id,
        policies.policy_name,
        policies.clock,
        policies.calendar_code,
        policies.named_count,

        policies.target_minutes,

        policies.valid_from_at,
        policies.valid_to_at

    from kinds
    cross join priorities
    inner join policies
        on
            (policies.source_system is null or kinds.source_system = policies.source_system)
            and (policies.channel is null or kinds.channel = policies.channel)
            and (policies.issue_type is null or kinds.issue_type = policies.issue_type)
            and (policies.priority is null or priorities.priority = policies.priority)

),

edges as (

    select
        fitting_policies.source_system,
        fitting_policies.channel,
        fitting_policies.issue_type,
        fitting_policies.priority,
        fitting_policies.metric,

        fitting_policies.valid_from_at as edge_at

    from fitting_policies

    union

    select
        fitting_policies.source_system,
        fitting_policies.channel,
        fitting_policies.issue_type,
        fitting_policies.priority,
        fitting_policies.metric,

        fitting_policies.valid_to_at as edge_at

    from fitting_policies

),

spells as (

    select
        edges.source_system,
        edges.channel,
        edges.issue_type,
        edges.priority,
        edges.metric,

        edges.edge_at as in_force_from,
        lead(edges.edge_at) over (
            partition by edges.source_system, edges.channel, edges.issue_type, edges.priority, edges.metric
            order by edges.edge_at nulls last
        ) as in_force_to

    from edges

),

ranked_policies as (

    select
        spells.source_system,
        spells.channel,
        spells.issue_type,
        spells.priority,
        spells.metric,

        policies.policy_id,
        policies.policy_name,
        policies.clock,
        policies.calendar_code,
        policies.named_count,
        row_number() over (
            partition by
                spells.source_system, spells.channel, spells.issue_type, spells.priority, spells.metric, spells.in_force_from
            order by
                policies.named_count desc nulls last,
                {{ id_order('policies.policy_id') }} asc nulls last,
                policies.policy_id asc nulls last
        ) as place,
        lead(policies.policy_id) over (
            partition by
                spells.source_system, spells.channel, spells.issue_type, spells.priority, spells.metric, spells.in_force_from
            order by
                policies.named_count desc nulls last,
                {{ id_order('policies.policy_id') }} asc nulls last,
                policies.policy_id asc nulls last
        ) as next_policy_id,
        lead(policies.named_count) over (
            partition by
                spells.source_system, spells.channel, spells.issue_type, spells.priority, spells.metric, spells.in_force_from
            order by
                policies.named_count desc nulls last,
                {{ id_order('policies.policy_id') }} asc nulls last,
                policies.policy_id asc nulls last
        ) as next_named_count,

        policies.target_minutes,

        spells.in_force_from,
        spells.in_force_to

    from spells
    inner join fitting_policies as policies
        on
            spells.source_system = policies.source_system
            and spells.channel = policies.channel
            and spells.issue_type = policies.issue_type
            and spells.priority = policies.priority
            and spells.metric = policies.metric
            and spells.in_force_from >= policies.valid_from_at
            and spells.in_force_from < policies.valid_to_at
    where spells.in_force_to is not null

)

select
    ranked_policies.source_system,
    ranked_policies.channel,
    ranked_policies.issue_type,
    ranked_policies.priority,
    ranked_policies.metric,

    ranked_policies.policy_id,
    ranked_policies.policy_name,
    case
        when ranked_policies.next_named_count = ranked_policies.named_count then ranked_policies.next_policy_id
    end as tied_policy_id,
    ranked_policies.clock,
    ranked_policies.calendar_code,

    ranked_policies.target_minutes,

    ranked_policies.in_force_from,
    ranked_policies.in_force_to

from ranked_policies
where ranked_policies.place = 1
