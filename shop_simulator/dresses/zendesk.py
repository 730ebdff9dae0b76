"""The shop's tickets as a connector hands out Zendesk's tables, quirks included. Columns bear the names of Fivetran's schema.

Moments are UTC without an offset. What Zendesk has no column for stands where its users put it: in custom fields (``custom_…``) and tags.
"""

from __future__ import annotations

from shop_simulator.dresses.files import Export
from shop_simulator.dresses.shown import worded
from shop_simulator.people import TEAM_NAMES

_AT = "strftime({}, '%Y-%m-%d %H:%M:%S')"
_FIRST_TICKET, _CUSTOMERS, _AGENTS, _GROUPS, _ESCALATIONS = 10_000, 370_000_000_000, 380_000_000_000, 360_000_000_000, 360_000_000_099
_CHANNELS = {
    "phone": "voice", "chat": "chat", "email": "email", "social": "facebook", "app": "mobile_sdk", "self_service": "help_center",
    "bot": "answer_bot", "store": "store",
}  # fmt: skip


def _ticket(sql: str) -> str:
    return f"digits({sql}) + {_FIRST_TICKET}"


def _agent(sql: str) -> str:
    return f"digits({sql}) + {_AGENTS}"


def _customer(sql: str) -> str:
    return f"digits({sql}) + {_CUSTOMERS}"


def _group(team: str) -> str:
    cases = " ".join(f"when '{name}' then {_GROUPS + place}" for place, name in enumerate(TEAM_NAMES))
    return f"case {team} {cases} end"


# Both spellings of a priority are seen, also in one account.
_PRIORITY = "case when {0} = 'normal' and digits({1}) % 3 = 0 then 'medium' else {0} end"
# Connectors differ in the status that the API calls hold.
_STATUS = "replace({}, 'on_hold', '{}')"
# Replies in a chat are no comments: they stand in the chat's events only.
_IS_CHAT = "tickets.channel = 'chat'"

_TICKETS = f"""
    select
        {_ticket("tickets.ticket_id")} as id, {_AT.format("tickets.updated_at")} as _fivetran_synced, 'false' as allow_channelback,
        {_agent("states.holder")} as assignee_id,
        {_AT.format("tickets.created_at")} as created_at, '工单 ' || {_ticket("tickets.ticket_id")} as subject, null as description,
        null as due_at, null as external_id, 'false' as has_incidents, 'true' as is_public,
        (select '[' || string_agg({_ticket("merged.ticket_id")}, ', ' order by merged.ticket_id) || ']' from shown_tickets as merged
            where merged.merged_into_ticket_id = tickets.ticket_id) as merged_ticket_ids,
        null as organization_id, {_PRIORITY.format("tickets.priority", "tickets.ticket_id")} as priority, null as problem_id,
        null as recipient, {_customer("tickets.customer_id")} as requester_id,
        case when tickets.is_spam then 'deleted' else {_STATUS.format("coalesce(states.status, 'new')", "hold")} end as status,
        {_customer("tickets.customer_id")} as submitter_id, null as type, {_AT.format("tickets.updated_at")} as updated_at,
        {worded("tickets.channel", _CHANNELS)} as via_channel, null as via_source_rel, null as via_followup_source_id,
        '#' || (digits(tickets.order_id) + 1000) as custom_order_number, tickets.product_id as custom_sku,
        tickets.merchant_id as custom_vendor, tickets.contact_reason as custom_contact_reason,
        tickets.resolution_code as custom_resolution, tickets.handling_seconds as custom_total_time_spent_sec
    from shown_tickets as tickets
    left join (
        select
            ticket_id, bool_or(is_new) as is_new,
            max_by(to_value, (occurred_at, event_id)) filter (event_type in ('created', 'status_changed')) as status,
            max_by(to_value, (occurred_at, event_id)) filter (event_type = 'assigned') as holder
        from shown_ticket_events group by ticket_id
    ) as states on tickets.ticket_id = states.ticket_id
    where tickets.is_new or states.is_new
        or tickets.ticket_id in (select merged_into_ticket_id from shown_tickets where is_new)
    order by 1
"""

# A change is noted once or twice, with the user who made it, or none for what an automation did.
_CHANGES = f"""
    with changes as (
        select ticket_id, occurred_at, event_id, 'status' as field_name, {_STATUS.format("to_value", "on-hold")} as value, actor_id
        from shown_ticket_events where event_type in ('created', 'status_changed') and is_new
        union all
        select events.ticket_id, events.occurred_at, events.event_id || '-1', 'priority',
            {_PRIORITY.format("coalesce(firsts.priority, tickets.priority)", "events.ticket_id")}, null
        from shown_ticket_events as events
        inner join shown_tickets as tickets on events.ticket_id = tickets.ticket_id
        left join (
            select ticket_id, min_by(from_value, (occurred_at, event_id)) as priority from shown_ticket_events
            where event_type = 'priority_changed' group by ticket_id
        ) as firsts on events.ticket_id = firsts.ticket_id
        where events.event_type = 'created' and events.is_new
        union all
        select ticket_id, occurred_at, event_id, 'priority', {_PRIORITY.format("to_value", "ticket_id")}, actor_id
        from shown_ticket_events where event_type = 'priority_changed' and is_new
        union all
        select ticket_id, occurred_at, event_id, 'assignee_id', cast({_agent("to_value")} as varchar), actor_id
        from shown_ticket_events where event_type = 'assigned' and is_new
        union all
        select ticket_id, occurred_at, event_id, 'group_id', '{_ESCALATIONS}', actor_id
        from shown_ticket_events where event_type = 'escalated' and is_new
    )
    select
        changes.field_name, {_ticket("changes.ticket_id")} as ticket_id, {_AT.format("changes.occurred_at")} || '.000 ' as updated,
        {_AT.format("changes.occurred_at")} as _fivetran_synced, {_agent("changes.actor_id")} as user_id, changes.value
    from changes, range(case when digits(changes.ticket_id) % 11 = 0 then 2 else 1 end)
    order by changes.occurred_at, changes.event_id, changes.field_name
"""

# The person who writes, and whether the customer can read it; the first words of the ticket are its first comment.
_WORDS = f"""
    select
        events.event_id, events.ticket_id, events.occurred_at, events.event_type, events.is_new, {_IS_CHAT} as is_chat,
        case when events.actor_id is null then {_customer("tickets.customer_id")} else {_agent("events.actor_id")} end as user_id
    from shown_ticket_events as events
    inner join shown_tickets as tickets on events.ticket_id = tickets.ticket_id
    where events.event_type in ('created', 'agent_reply', 'bot_reply', 'customer_reply', 'internal_note')
"""
_COMMENTS = f"""
    select
        digits(words.event_id) as id, {_AT.format("words.occurred_at")} as _fivetran_synced,
        case words.event_type when 'created' then '您好, "请问"\n' || {_ticket("words.ticket_id")} else '好的' end as body,
        {_AT.format("words.occurred_at")} as created, null as facebook_comment,
        case when words.event_type = 'internal_note' then 'FALSE' else 'TRUE' end as public, {_ticket("words.ticket_id")} as ticket_id,
        null as tweet, words.user_id, 'FALSE' as voice_comment
    from ({_WORDS}) as words
    where words.is_new and (not words.is_chat or words.event_type in ('created', 'internal_note'))
    order by words.occurred_at, words.event_id
"""
_CHATS = f"""
    select
        'chat-' || {_ticket("ticket_id")} as chat_id, {_AT.format("created_at")} as _fivetran_synced,
        {_AT.format("created_at")} as created_at, 'chat' as channel, null as conversation_id,
        {_ticket("ticket_id")} as ticket_id, 'visitor' as initiator,
        {_customer("customer_id")} as user_id
    from shown_tickets as tickets where {_IS_CHAT} and is_new order by ticket_id
"""
_CHAT_EVENTS = f"""
    select
        'chat-' || {_ticket("words.ticket_id")} as chat_id, digits(words.event_id) as chat_index,
        {_AT.format("words.occurred_at")} as _fivetran_synced, {_AT.format("words.occurred_at")} as created_at, 'ChatMessage' as type,
        case when words.event_type = 'customer_reply' then 'visitor:' else 'agent:' end || words.user_id as actor_id,
        '{{"content": "好的, \\"谢谢\\""}}' as original_message
    from ({_WORDS}) as words
    where words.is_new and words.is_chat and words.event_type in ('agent_reply', 'bot_reply', 'customer_reply')
    order by words.occurred_at, words.event_id
"""
_USERS = f"""
    select
        {_customer("customer_id")} as id, {_AT.format("updated_at")} as _fivetran_synced, 'true' as active, email, full_name as name,
        phone, 'end-user' as role, null as custom_role_id, null as organization_id, region as custom_region, customer_tier as custom_tier,
        {_AT.format("registered_at")} as created_at, {_AT.format("updated_at")} as updated_at
    from shown_customers where is_new
    union all
    select
        {_agent("agent_id")}, {_AT.format("updated_at")}, 'true', lower(agent_id) || '@staff.example', agent_name, null,
        'agent', case agent_role when 'bot' then 1 when 'partner' then 2 end, null, null, null,
        strftime(hired_on, '%Y-%m-%d 00:00:00'), {_AT.format("updated_at")}
    from shown_agents where is_new
    order by 1
"""
_GROUP_ROWS = " union all ".join(
    f"select {number} as id, '{name}' as name, '2020-01-01 00:00:00' as created_at, '2020-01-01 00:00:00' as updated_at"
    for number, name in [*((_GROUPS + place, name) for place, name in enumerate(TEAM_NAMES)), (_ESCALATIONS, "escalations")]
)
_MEMBERSHIPS = f"""
    select
        digits(agent_id) + 390000000000 as id, {_agent("agent_id")} as user_id, {_group("team")} as group_id, 'TRUE' as "default",
        {_AT.format("valid_from")} as created_at, {_AT.format("updated_at")} as updated_at
    from shown_agents where is_new order by 1
"""

# A tag row comes three times now and then.
_TAGS = f"""
    with tags as (
        select ticket_id, tag from shown_ticket_tags
        union all select ticket_id, issue_type from shown_tickets
        union all select ticket_id, 'is_complaint' from shown_tickets where is_complaint
        union all select ticket_id, 'pre_sale' from shown_tickets where is_pre_sale
        union all select ticket_id, 'closed_by_merge' from shown_tickets where merged_into_ticket_id is not null
    )
    select tags.tag, {_ticket("tags.ticket_id")} as ticket_id, {_AT.format("tickets.updated_at")} as _fivetran_synced
    from tags
    inner join shown_tickets as tickets on tags.ticket_id = tickets.ticket_id,
    range(case when digits(tags.ticket_id) % 10 = 0 then 3 else 1 end)
    where tickets.is_new or tags.ticket_id in (select ticket_id from shown_ticket_tags where is_new)
    order by 2, 1
"""

EXPORTS = tuple(
    Export(f"zendesk/{table}/{table}_{{date}}.csv", query)
    for table, query in {
        "ticket": _TICKETS, "ticket_comment": _COMMENTS, "ticket_field_history": _CHANGES, "user": _USERS, "group": _GROUP_ROWS,
        "group_membership": _MEMBERSHIPS, "ticket_tag": _TAGS, "ticket_chat": _CHATS, "ticket_chat_event": _CHAT_EVENTS,
    }.items()
)  # fmt: skip
