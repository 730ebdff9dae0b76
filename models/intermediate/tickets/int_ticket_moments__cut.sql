-- At which moments does something begin or end in a ticket's life? The cuts of fct_ticket_intervals. A view: only that reads it.
-- noqa: disable=LT02
{{ keyed_by('int_tickets__fingerprinted', 'ticket_key', is_view=true) }}

select
    milestones.ticket_key,

    0 as change_number,
    milestones.first_status as status,

    milestones.created_at as cut_at

from {{ ref('int_ticket_milestones__reached') }} as milestones

union all

select
    status_changes.ticket_key,

    status_changes.change_number,
    status_changes.status,

    status_changes.entered_at as cut_at

from {{ ref('int_ticket_statuses__entered') }} as status_changes
inner join {{ ref('int_ticket_milestones__reached') }} as milestones
    on
        status_changes.ticket_key = milestones.ticket_key
        and status_changes.entered_at < milestones.ends_at
{% for milestone in ['first_assigned_at', 'first_reply_at', 'first_bot_reply_at', 'result_feedback_at', 'ends_at'] %}
union all

select
    milestones.ticket_key,

    cast(null as {{ type_integer() }}) as change_number,
    cast(null as {{ type_text() }}) as status,

    milestones.{{ milestone }} as cut_at

from {{ ref('int_ticket_milestones__reached') }} as milestones
where milestones.{{ milestone }} is not null
{% endfor %}
