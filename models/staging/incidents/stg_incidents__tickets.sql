-- Incidents as tickets, as the last update left them. Categories are anonymised, so every issue is an other one.
with

current_updates as (

    {{ current_rows(
        source('incidents', 'incident_updates'),
        columns=[
            'number', 'sys_mod_count', 'sys_updated_at', 'caller_id', 'contact_type', 'priority',
            'opened_at'
        ]
    ) }}

),

ranked_updates as (

    select
        current_updates.number,
        current_updates.caller_id,

        current_updates.contact_type,
        current_updates.priority,
        row_number() over (
            partition by current_updates.number
            order by current_updates.sys_updated_at desc nulls last, current_updates.sys_mod_count desc nulls last
        ) as update_rank,

        current_updates.opened_at

    from current_updates

)

select
    {{ entity_key('incidents', ['incidents.number']) }} as ticket_key,
    'incidents' as source_system,
    {{ entity_key('incidents', ['incidents.caller_id']) }} as customer_key,
    cast(null as {{ type_text() }}) as order_key,
    cast(null as {{ type_text() }}) as merchant_key,
    cast(null as {{ type_text() }}) as product_key,
    cast(null as {{ type_text() }}) as merged_into_ticket_key,

    incidents.number as ticket_id,
    incidents.caller_id as customer_id,
    cast(null as {{ type_text() }}) as order_id,
    cast(null as {{ type_text() }}) as merchant_id,
    cast(null as {{ type_text() }}) as product_id,
    cast(null as {{ type_text() }}) as merged_into_ticket_id,
    cast(null as {{ type_text() }}) as shop_id,

    {{ mapped_value('incidents.contact_type', {
        'phone': ['phone', 'ivr'], 'email': ['email', 'e-mail'], 'chat': ['chat'], 'store': ['walk-in', 'walk in'],
        'self_service': ['self service', 'self-service', 'self_service'], 'bot': ['virtual agent', 'virtual_agent']
    }) }} as channel,
    'other' as issue_type,
    {{ mapped_value('incidents.priority', {
        'urgent': ['1 - critical', '1', 'critical'], 'high': ['2 - high', '2', 'high'],
        'normal': ['3 - moderate', '3', 'moderate'], 'low': ['4 - low', '4', 'low']
    }) }} as priority,
    cast(null as {{ type_text() }}) as resolution_code,
    cast(null as {{ type_text() }}) as contact_reason,

    cast(null as {{ type_boolean() }}) as is_complaint,
    cast(null as {{ type_boolean() }}) as is_pre_sale,
    cast(null as {{ type_boolean() }}) as is_spam,

    cast(null as {{ type_integer() }}) as handling_seconds,

    incidents.opened_at as created_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from ranked_updates as incidents
where incidents.update_rank = 1
