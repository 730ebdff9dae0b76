"""The shop's tickets, messages and satisfaction surveys as Gorgias' API gives them: tickets in pages, the others one JSON object a line.

Statuses are open and closed only; sender, assignee and tags are objects within objects. Moments bear a fraction and ``+00:00``.
"""

from __future__ import annotations

from shop_simulator.dresses.files import Export

_AT = "strftime({}, '%Y-%m-%dT%H:%M:%S.%f+00:00')"
_CUSTOMER = "struct_pack(id := digits({0}.customer_id) + 500000, email := {0}.email, name := {0}.full_name)"
_CHANNEL = (
    "case tickets.channel when 'social' then 'facebook' when 'app' then 'api' when 'self_service' then 'help-center' when 'bot' then 'chat'"
    " when 'store' then 'internal-note' else tickets.channel end"
)


def _agent(sql: str) -> str:
    return f"case when {sql} is not null then struct_pack(id := digits({sql}) + 900000, email := lower({sql}) || '@staff.example') end"


def _object(fields: dict[str, str], rows: str) -> str:
    packed = ", ".join(f"{name} := {sql}" for name, sql in fields.items())
    return f"select to_json(struct_pack({packed})) as line {rows}"


_TICKETS = _object(
    {
        "id": "digits(tickets.ticket_id) + 20000", "status": "case when states.is_done then 'closed' else 'open' end",
        "priority": "case tickets.priority when 'urgent' then 'critical' else tickets.priority end", "channel": _CHANNEL,
        "via": _CHANNEL, "language": "'zh'", "subject": "'工单'", "spam": "tickets.is_spam", "from_agent": "false",
        "created_datetime": _AT.format("tickets.created_at"), "opened_datetime": _AT.format("tickets.created_at"),
        "closed_datetime": f"case when states.is_done then {_AT.format('states.since')} end",
        "updated_datetime": _AT.format("greatest(tickets.updated_at, coalesce(states.since, tickets.updated_at))"),
        "snooze_datetime": "cast(null as varchar)",
        "customer": f"case when tickets.customer_id is not null then {_CUSTOMER.format('customers')} end",
        "assignee_user": _agent("states.holder"),
        "assignee_team": "case when agents.team is not null then struct_pack(name := agents.team) end",
        "tags": "list_transform(list_filter([tickets.issue_type, case when tickets.is_complaint then 'is_complaint' end,"
        " case when tickets.is_pre_sale then 'pre_sale' end], lambda tag: tag is not null), lambda tag: struct_pack(name := tag))",
        "messages_count": "coalesce(states.messages, 0)",
        "integrations": "case when tickets.order_id is not null then"
        " struct_pack(shopify := struct_pack(order_name := '#' || (digits(tickets.order_id) + 1000))) end",
    },
    """from shown_tickets as tickets
    left join shown_customers as customers on tickets.customer_id = customers.customer_id
    left join (
        select
            ticket_id, bool_or(is_new) as is_new,
            max_by(to_value, (occurred_at, event_id)) filter (event_type = 'assigned') as holder,
            max_by(to_value in ('solved', 'closed'), (occurred_at, event_id)) filter (event_type = 'status_changed') as is_done,
            max_by(occurred_at, (occurred_at, event_id)) filter (event_type = 'status_changed' and to_value = 'solved') as since,
            count(*) filter (event_type in ('created', 'agent_reply', 'bot_reply', 'customer_reply')) as messages
        from shown_ticket_events group by ticket_id
    ) as states on tickets.ticket_id = states.ticket_id
    left join shown_agents as agents on states.holder = agents.agent_id
    where tickets.is_new or states.is_new
    order by tickets.ticket_id""",
)  # fmt: skip

_MESSAGES = _object(
    {
        "id": "digits(events.event_id)", "ticket_id": "digits(events.ticket_id) + 20000",
        "created_datetime": _AT.format("events.occurred_at"), "sent_datetime": _AT.format("events.occurred_at"),
        "public": "events.event_type <> 'internal_note'",
        "from_agent": "events.actor_id is not null",
        "sender": "case when events.actor_id is not null then struct_pack(id := digits(events.actor_id) + 900000,"
        " email := lower(events.actor_id) || '@staff.example') else struct_pack(id := digits(tickets.customer_id) + 500000,"
        " email := customers.email) end",
        "channel": _CHANNEL, "via": "case when events.event_type = 'bot_reply' then 'rule' else 'helpdesk' end",
        "body_text": "'您好，“请问”'",
    },
    """from shown_ticket_events as events
    inner join shown_tickets as tickets on events.ticket_id = tickets.ticket_id
    left join shown_customers as customers on tickets.customer_id = customers.customer_id
    where events.event_type in ('created', 'agent_reply', 'bot_reply', 'customer_reply', 'internal_note') and events.is_new
    order by events.occurred_at, events.event_id""",
)  # fmt: skip

_SURVEYS = _object(
    {
        "id": "digits(invitations.invitation_id)", "ticket_id": "digits(invitations.ticket_id) + 20000",
        "customer_id": "digits(invitations.customer_id) + 500000", "score": "cast(answers.score as double)",
        "body_text": "responses.comment_text", "created_datetime": _AT.format("invitations.sent_at"),
        "sent_datetime": _AT.format("invitations.sent_at"), "scored_datetime": _AT.format("responses.submitted_at"),
    },
    """from shown_survey_invitations as invitations
    left join (
        select *, row_number() over (partition by invitation_id order by submitted_at, response_id) as place from shown_survey_responses
    ) as responses on invitations.invitation_id = responses.invitation_id and responses.place = 1
    left join shown_survey_answers as answers on responses.response_id = answers.response_id and answers.question_code = 'overall'
    where invitations.survey_type = 'service' and (invitations.is_new or responses.is_new or answers.is_new)
    order by invitations.invitation_id""",
)  # fmt: skip

EXPORTS = (
    Export("gorgias/tickets_{date}.json", _TICKETS),
    Export("gorgias/messages_{date}.jsonl", _MESSAGES),
    Export("gorgias/satisfaction_surveys_{date}.jsonl", _SURVEYS),
)
