-- One row per ticket in scope and service-level metric: the policy in force when the clock stopped, or at as_of while it runs, the
-- time it ran without its pauses, and the verdict. Made anew for tickets of which anything changed, and with as_of as long as a clock of
-- theirs may come to another verdict: while it runs, and when a policy or a calendar begins or ends.
{% set agreements_changed -%}
    {{ as_of() }} < {{ was_as_of() }}
    or exists (
        select 1 from {{ ref('int_sla_targets__resolved') }} as targets
        where
            (targets.in_force_from > {{ was_as_of() }} and targets.in_force_from <= {{ as_of() }})
            or (targets.in_force_to > {{ was_as_of() }} and targets.in_force_to <= {{ as_of() }})
    )
    or {{ slot_of(as_of()) }} <> {{ slot_of(was_as_of()) }}
    and exists (
        select slots.calendar_code from {{ ref('int_calendar_slots__accumulated') }} as slots
        where slots.slot_number in ({{ slot_of(as_of()) }}, {{ slot_of(was_as_of()) }})
        group by slots.calendar_code
        having count(*) = 1
    )
{%- endset -%}
{# Where no result was reported in time the verdict stands, and nothing stops the clock: how long it has run says nothing of anybody. -#}
{% set runs_for_good -%}
    judged_clocks.metric = 'result_feedback' and judged_clocks.stopped_at is null and judged_clocks.verdict <> 'running'
{%- endset -%}
{{ touched_by(
    'ticket_key',
    follows=['int_ticket_members__fingerprinted', 'int_tickets__fingerprinted'],
    selects=[
        'select touched.row_key from ' ~ touched_keys('int_ticket_members__fingerprinted') ~ ' as touched',
        'select touched.row_key from ' ~ touched_keys('int_tickets__fingerprinted') ~ ' as touched',
        'select told.ticket_key from ' ~ this ~ ' as told where told.stopped_at is null and '
        ~ '(told.judged_at <> ' ~ as_of() ~ ' or ' ~ agreements_changed ~ ')'
    ]
) }}

with

metrics as (

    select 'first_reply' as metric

    union all

    select 'resolution' as metric

    union all

    select 'result_feedback' as metric

),

-- The first reply clock stops at the first human reply, or at the first resolution if that came before it: nobody waits for a reply to
-- what is solved, and what comes after a reopening is no first reply. Where the first reply may have been one that no clock saw, before
-- the creation, by somebody without a role or at a desk that tells none, it may have stopped before. The resolution clock stops at the
-- resolution, the result-feedback clock starts there. A ticket first heard of when it had been solved was so at some moment before.
run_clocks as (

    select
        tickets.ticket_key,
        tickets.source_system,

        metrics.metric,
        tickets.channel,
        tickets.issue_type,
        tickets.priority,

        tickets.is_resolved,
        metrics.metric = 'first_reply' and (
            coalesce(resolutions.was_resolved_before, false)
            or tickets.human_reply_count is null
            or coalesce(contacts.is_answered_before_creation, false)
            or coalesce(
                contacts.first_reply_without_role_at < least(contacts.first_human_reply_at, tickets.first_resolved_at),
                contacts.first_reply_without_role_at is not null
            )
        )
        or metrics.metric = 'resolution'
        and coalesce(resolutions.was_resolved_before and resolutions.reopen_count = 0, false) as may_have_stopped_before,

        case when metrics.metric = 'result_feedback' then tickets.resolved_at else tickets.created_at end as started_at,
        case metrics.metric
            when 'first_reply' then least(contacts.first_human_reply_at, tickets.first_resolved_at)
            when 'resolution' then tickets.resolved_at
            else tickets.result_feedback_at
        end as stopped_at

    from {{ ref('fct_tickets') }} as tickets
    cross join metrics
    left join {{ ref('int_ticket_contacts__counted') }} as contacts
        on tickets.ticket_key = contacts.ticket_key
    left join {{ ref('int_ticket_resolutions__found') }} as resolutions
        on tickets.ticket_key = resolutions.ticket_key
    where tickets.is_in_scope

),

clocks as (

    select
        clocks.ticket_key,
        clocks.source_system,

        clocks.metric,
        clocks.channel,
        clocks.issue_type,
        coalesce(priorities.priority, clocks.priority) as priority,

        clocks.is_resolved,
        clocks.may_have_stopped_before,

        clocks.started_at,
        clocks.stopped_at,
        coalesce(clocks.stopped_at, {{ as_of() }}) as judged_at

    from run_clocks as clocks
    left join {{ ref('int_ticket_priorities__held') }} as priorities
        on
            clocks.ticket_key = priorities.ticket_key
            and priorities.held_from <= coalesce(clocks.stopped_at, {{ as_of() }})
            and coalesce(clocks.stopped_at, {{ as_of() }}) < priorities.held_to

),

clocks_with_targets as (

    select
        clocks.ticket_key,

        clocks.metric,
        clocks.priority,
        targets.policy_id,
        targets.policy_name,
        targets.tied_policy_id,
        targets.clock,
        targets.calendar_code,

        clocks.is_resolved,
        clocks.may_have_stopped_before,

        targets.target_minutes,

        clocks.started_at,
        clocks.stopped_at,
        clocks.judged_at

    from clocks
    left join {{ ref('int_sla_targets__resolved') }} as targets
        on
            clocks.source_system = targets.source_system
            and clocks.metric = targets.metric
            and coalesce(clocks.channel, 'none') = targets.channel
            and coalesce(clocks.issue_type, 'none') = targets.issue_type
            and coalesce(clocks.priority, 'none') = targets.priority
            and clocks.judged_at >= targets.in_force_from
            and clocks.judged_at < targets.in_force_to

),

measured_clocks as (

    select
        clocks.ticket_key,

        clocks.metric,
        clocks.priority,
        clocks.policy_id,
        clocks.policy_name,
        clocks.tied_policy_id,
        clocks.clock,
        clocks.calendar_code,

        clocks.is_resolved,
        clocks.may_have_stopped_before,

        clocks.target_minutes,
        {{ policy_seconds('clocks.clock', 'clocks.started_at', 'clocks.judged_at') }} as run_seconds,
        coalesce(pauses.paused_seconds, 0) as paused_seconds,

        clocks.started_at,
        clocks.stopped_at,
        clocks.judged_at

    from clocks_with_targets as clocks
    {{ slots_at_both_ends('clocks.calendar_code', 'clocks.started_at', 'clocks.judged_at') }}
    left join {{ ref('int_ticket_sla_pauses__summed') }} as pauses
        on
            clocks.ticket_key = pauses.ticket_key
            and clocks.metric = 'resolution'
            and coalesce(clocks.calendar_code, 'any_time') = pauses.calendar_code

),

judged_clocks as (

    select
        measured_clocks.ticket_key,

        measured_clocks.metric,
        measured_clocks.priority,
        measured_clocks.policy_id,
        measured_clocks.policy_name,
        measured_clocks.tied_policy_id,
        measured_clocks.clock,
        measured_clocks.calendar_code,
        case
            when measured_clocks.policy_id is null then 'no_policy'
            when measured_clocks.is_resolved is null and measured_clocks.stopped_at is null then 'unknown'
            when measured_clocks.started_at is null then 'not_started'
            when measured_clocks.run_seconds is null then 'unknown'
            when measured_clocks.run_seconds - measured_clocks.paused_seconds > measured_clocks.target_minutes * 60
                then case when measured_clocks.may_have_stopped_before then 'unknown' else 'breached' end
            when measured_clocks.stopped_at is not null then 'met'
            when measured_clocks.may_have_stopped_before then 'unknown'
            else 'running'
        end as verdict,

        measured_clocks.target_minutes,
        measured_clocks.run_seconds,
        measured_clocks.paused_seconds,

        measured_clocks.started_at,
        measured_clocks.stopped_at,
        measured_clocks.judged_at

    from measured_clocks

)

select
    judged_clocks.ticket_key,
    tickets.source_system,
    tickets.shop,
    tickets.merchant_key,
    tickets.agent_key,

    judged_clocks.metric,
    tickets.channel,
    tickets.issue_type,
    tickets.contact_reason,
    judged_clocks.priority,
    tickets.product_category,
    tickets.region,
    tickets.customer_tier,
    tickets.agent_team,
    judged_clocks.policy_id,
    judged_clocks.policy_name,
    judged_clocks.tied_policy_id,
    judged_clocks.clock,
    judged_clocks.calendar_code,
    judged_clocks.verdict,

    judged_clocks.verdict = 'met' as is_met,
    judged_clocks.verdict = 'breached' as is_breached,

    judged_clocks.target_minutes,
    case
        when not ({{ runs_for_good }}) then cast(judged_clocks.run_seconds - judged_clocks.paused_seconds as {{ type_double() }}) / 60
    end as elapsed_minutes,
    cast(judged_clocks.paused_seconds as {{ type_double() }}) / 60 as paused_minutes,

    judged_clocks.started_at,
    judged_clocks.stopped_at,
    case when not ({{ runs_for_good }}) then judged_clocks.judged_at end as judged_at,
    tickets.created_on

from judged_clocks
inner join {{ ref('fct_tickets') }} as tickets
    on judged_clocks.ticket_key = tickets.ticket_key
