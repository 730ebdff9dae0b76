"""What a reader of the delivered rows sees of tickets, replies, surveys and returns: the tables that planted truths are measured on."""

VIEWS = """
create or replace temp table first_statuses as
select ticket_id, occurred_at, event_id, to_value in ('solved', 'closed') as is_resolved,
    lag(to_value in ('solved', 'closed'), 1, false) over (partition by ticket_id order by occurred_at, event_id) as was_resolved
from ticket_events where event_type in ('created', 'status_changed');

create or replace temp table roles as
select agent_id, agent_role, valid_from, lead(valid_from, 1, 9000000000) over (partition by agent_id order by valid_from) as valid_to
from agents;

create or replace temp table replies as
select events.ticket_id, events.occurred_at, coalesce(roles.agent_role, 'bot') in ('human', 'partner') as is_human,
    events.event_type
from ticket_events as events
left join roles on events.actor_id = roles.agent_id and events.occurred_at >= roles.valid_from and events.occurred_at < roles.valid_to
where events.event_type in ('agent_reply', 'bot_reply');

create or replace temp table seen_tickets as
select tickets.ticket_id, tickets.created_at as moment, tickets.channel, tickets.issue_type, tickets.priority,
    'contract:' || tickets.merchant_id as merchant,
    (answered.first_human_at - tickets.created_at) / 60.0 as first_reply_minutes,
    (answered.first_bot_at - tickets.created_at) / 60.0 as first_bot_reply_minutes,
    answered.first_human_at is null and answered.bot_replies > 0 as is_bot_only,
    (statuses.first_resolved_at - tickets.created_at) / 3600.0 as first_resolved_hours,
    (statuses.first_resolved_at - tickets.created_at) / 60.0 as resolution_minutes,
    tickets.handling_seconds, statuses.is_resolved, statuses.is_reopened, others.is_escalated, others.agents as agent_count,
    others.first_agent_id
from tickets
left join (
    select ticket_id, min(occurred_at) filter (where is_human) as first_human_at,
        min(occurred_at) filter (where event_type = 'bot_reply') as first_bot_at, count(*) filter (where not is_human) as bot_replies
    from replies group by ticket_id
) as answered on tickets.ticket_id = answered.ticket_id
left join (
    select ticket_id, min(occurred_at) filter (where is_resolved and not was_resolved) as first_resolved_at,
        arg_max(is_resolved, event_id) as is_resolved, bool_or(was_resolved and not is_resolved) as is_reopened
    from first_statuses group by ticket_id
) as statuses on tickets.ticket_id = statuses.ticket_id
left join (
    select ticket_id, bool_or(event_type = 'escalated') as is_escalated,
        count(distinct to_value) filter (where event_type = 'assigned') as agents,
        arg_min(to_value, event_id) filter (where event_type = 'assigned') as first_agent_id
    from ticket_events group by ticket_id
) as others on tickets.ticket_id = others.ticket_id
where not tickets.is_spam and not tickets.is_pre_sale and tickets.merged_into_ticket_id is null;

create or replace temp table scores as
select response_id, question_code, score from survey_answers where score is not null;

create or replace temp table seen_responses as
select responses.response_id, responses.submitted_at as moment, invitations.invitation_id, invitations.survey_type,
    tickets.channel, tickets.issue_type, tickets.merchant, tickets.is_bot_only, overall.score as overall,
    row_number() over (partition by responses.invitation_id order by responses.submitted_at, responses.response_id) = 1
    and invitations.invitation_id is not null and responses.submitted_at <= invitations.sent_at + 30 * 86400
    and (invitations.expires_at is null or responses.submitted_at < invitations.expires_at)
    and (invitations.survey_type <> 'service' or coalesce(overall.score between 1 and 5, false)) as is_valid
from survey_responses as responses
left join survey_invitations as invitations on responses.invitation_id = invitations.invitation_id
left join seen_tickets as tickets on invitations.ticket_id = tickets.ticket_id
left join scores as overall on responses.response_id = overall.response_id and overall.question_code = 'overall';

create or replace temp table seen_invitations as
select invitations.invitation_id, invitations.sent_at as moment, invitations.channel,
    count(responses.response_id) > 0 as is_answered, coalesce(bool_or(responses.is_valid), false) as is_valid
from survey_invitations as invitations
left join seen_responses as responses on invitations.invitation_id = responses.invitation_id
group by invitations.invitation_id, invitations.sent_at, invitations.channel;

create or replace temp table seen_answers as
select responses.moment, responses.channel, responses.issue_type, scores.question_code, scores.score
from scores inner join seen_responses as responses on scores.response_id = responses.response_id
where responses.is_valid;

create or replace temp table returned as
select requests.order_id, requests.line_number, sum(coalesce(requests.quantity, items.quantity)) as quantity
from after_sales_requests as requests
inner join order_items as items on requests.order_id = items.order_id and requests.line_number = items.line_number
where requests.request_type = 'return' and requests.completed_at is not null
group by requests.order_id, requests.line_number;

create or replace temp table seen_lines as
select orders.delivered_at as moment, products.category as product_category, items.quantity, coalesce(returned.quantity, 0) as returned
from order_items as items
inner join orders on items.order_id = orders.order_id
inner join products on items.product_id = products.product_id
left join returned on items.order_id = returned.order_id and items.line_number = returned.line_number
where orders.delivered_at is not null;
"""
