-- What came of a ticket in scope, and how good was the service, as far as it can be told at as_of? What needs time to be seen (resolved
-- within a day, not asked again within a week) is null until that time is over, whatever happened before: counting the quick ones early
-- would flatter the newest periods.
-- noqa: disable=LT02
{% set day = 86400 -%}
{% set week = 7 * day -%}
{# Scored anew, or old enough for something that was not told before: as_of has moved on. -#}
{% set touched_alone -%}
    select touched.row_key from {{ touched_keys('int_tickets__scored') }} as touched

    union

    select tickets.ticket_key as row_key from {{ ref('fct_tickets') }} as tickets
    where
        {%- for seconds in [day, 2 * day, week] %}
        ({{ has_come('tickets.created_at', seconds) }})
        or
        {%- endfor %}
        ({{ has_come('tickets.resolved_at', week) }})
{%- endset -%}
{# What a customer asks next is seen among all that they ask. -#}
{% set of_their_customers -%}
    select tickets.ticket_key from {{ ref('fct_tickets') }} as tickets
    where
        tickets.customer_key in (
            {{ values_before_and_after('fct_tickets', 'customer_key') }}

            union

            select asked.customer_key from {{ ref('fct_tickets') }} as asked
            where asked.ticket_key in ({{ touched_alone }})
        )
{%- endset -%}
{{ touched_by(
    'ticket_key',
    follows=['int_ticket_members__fingerprinted', 'int_tickets__scored'],
    selects=[
        'select touched.row_key from ' ~ touched_keys('int_ticket_members__fingerprinted') ~ ' as touched',
        touched_alone,
        of_their_customers
    ]
) }}

with

tickets as (

    select
        tickets.ticket_key,
        tickets.source_system,
        tickets.shop,
        tickets.customer_key,
        tickets.order_key,
        tickets.merchant_key,
        tickets.agent_key,

        tickets.agent_team,
        tickets.channel,
        tickets.issue_type,
        tickets.contact_reason,
        tickets.priority,
        tickets.product_category,
        tickets.region,
        tickets.customer_tier,

        tickets.is_resolved,

        tickets.human_reply_count,
        tickets.reply_without_role_count,
        tickets.reopen_count,
        tickets.escalation_count,
        tickets.first_resolution_minutes,
        {{ elapsed_seconds('tickets.created_at', as_of()) }} as age_seconds,
        {{ elapsed_seconds('tickets.resolved_at', as_of()) }} as resolved_age_seconds,

        tickets.created_at,
        tickets.created_on,
        tickets.resolved_at

    from {{ ref('fct_tickets') }} as tickets
    where tickets.is_in_scope

),

-- What a customer asks about is an order; of a ticket without one, its issue type.
contacts as (
    {% for subject, of_whom in [('order_key', 'tickets.order_key is not null'), ('issue_type', 'tickets.order_key is null')] %}
    select
        tickets.ticket_key,
        tickets.customer_key,
        '{{ subject }}:' || tickets.{{ subject }} as asked_about,

        tickets.created_at as asked_at,

        0 as place,
        tickets.created_at as occurred_at

    from tickets
    where
        tickets.customer_key is not null
        and tickets.{{ subject }} is not null

    union all

    select
        tickets.ticket_key,
        tickets.customer_key,
        '{{ subject }}:' || tickets.{{ subject }} as asked_about,

        cast(null as {{ type_timestamp() }}) as asked_at,

        1 as place,
        tickets.resolved_at as occurred_at

    from tickets
    where
        tickets.customer_key is not null
        and tickets.resolved_at is not null
        and {{ of_whom }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

next_contacts as (

    select
        contacts.ticket_key,

        contacts.place,
        min(contacts.asked_at) over (
            partition by contacts.customer_key, contacts.asked_about
            order by contacts.occurred_at nulls last, contacts.place nulls last
            rows between 1 following and unbounded following
        ) as next_contact_at

    from contacts

),

resolutions as (

    select
        tickets.ticket_key,

        tickets.customer_key is not null as is_customer_known,
        coalesce({{ clock_seconds('tickets.resolved_at', 'next_contacts.next_contact_at') }} <= {{ week }}, false) as is_asked_again

    from tickets
    left join next_contacts
        on
            tickets.ticket_key = next_contacts.ticket_key
            and next_contacts.place = 1
    where tickets.resolved_age_seconds >= {{ week }}

)

select
    tickets.ticket_key,
    tickets.source_system,
    tickets.shop,
    tickets.merchant_key,
    tickets.agent_key,

    tickets.agent_team,
    tickets.channel,
    tickets.issue_type,
    tickets.contact_reason,
    tickets.priority,
    tickets.product_category,
    tickets.region,
    tickets.customer_tier,
    scores.quality_grade,

    {% for name, seconds in [('24h', day), ('48h', 2 * day), ('7d', week)] -%}
        case
            when tickets.is_resolved is not null and tickets.age_seconds >= {{ seconds }}
                then coalesce(tickets.first_resolution_minutes <= {{ seconds // 60 }}, false)
        end as is_resolved_within_{{ name }},
    {% endfor -%}
    case when resolutions.is_customer_known then resolutions.is_asked_again end as is_asked_again_within_7d,
    -- Null where a reply by somebody without a role, or a customer whom nobody names, decides it.
    case
        when resolutions.ticket_key is null or coalesce(tickets.human_reply_count, 0) = 0 then null
        when tickets.human_reply_count > 1 or tickets.reopen_count > 0 or resolutions.is_asked_again then false
        when tickets.reply_without_role_count = 0 and resolutions.is_customer_known then true
    end as is_resolved_at_first_contact,
    -- Null for a source that tells no events.
    case when sources.source_system is not null then tickets.escalation_count > 0 end as is_escalated,

    scores.response_speed_score,
    scores.problem_solving_score,
    scores.attitude_score,
    scores.communication_score,
    scores.follow_up_score,
    scores.scored_dimension_count,
    scores.quality_score,

    tickets.created_on

from tickets
inner join {{ ref('int_tickets__scored') }} as scores
    on tickets.ticket_key = scores.ticket_key
left join resolutions
    on tickets.ticket_key = resolutions.ticket_key
left join {{ ref('int_ticket_sources__described') }} as sources
    on tickets.source_system = sources.source_system
