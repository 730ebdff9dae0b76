-- Contacts as tickets. The desk says neither who the customer was nor how a contact ended.
with

current_contacts as (

    {{ current_rows(
        source('support_csat', 'contacts'),
        columns=['contact_id', 'channel_name', 'category', 'sub_category', 'order_id', 'reported_at', 'handling_seconds']
    ) }}

)

select
    {{ entity_key('support_csat', ['current_contacts.contact_id']) }} as ticket_key,
    'support_csat' as source_system,
    cast(null as {{ type_text() }}) as customer_key,
    {{ entity_key('support_csat', ['current_contacts.order_id']) }} as order_key,
    cast(null as {{ type_text() }}) as merchant_key,
    cast(null as {{ type_text() }}) as product_key,
    cast(null as {{ type_text() }}) as merged_into_ticket_key,

    current_contacts.contact_id as ticket_id,
    cast(null as {{ type_text() }}) as customer_id,
    current_contacts.order_id,
    cast(null as {{ type_text() }}) as merchant_id,
    cast(null as {{ type_text() }}) as product_id,
    cast(null as {{ type_text() }}) as merged_into_ticket_id,
    cast(null as {{ type_text() }}) as shop_id,

    case when current_contacts.channel_name = 'Email' then 'email' else 'phone' end as channel,
    case
        when
            lower(trim(current_contacts.sub_category)) in (
                'service centres related', 'service center - service denial', 'technician visit', 'installation/demo'
            )
            then 'repair'
        when
            lower(trim(current_contacts.category)) <> 'returns'
            and lower(trim(current_contacts.sub_category)) in ('delayed', 'order status enquiry', 'priority delivery', 'unable to track')
            then 'logistics'
        else {{ mapped_value('current_contacts.category', {
            'return_exchange': ['returns'],
            'payment': ['refund related', 'payments related', 'offers & cashback'],
            'product_question': ['product queries'],
            'complaint': ['feedback'],
            'other': ['order related', 'shopzilla related', 'cancellation', 'others', 'app/website', 'onboarding related']
        }) }}
    end as issue_type,
    cast(null as {{ type_text() }}) as priority,
    cast(null as {{ type_text() }}) as resolution_code,
    current_contacts.sub_category as contact_reason,

    case when lower(trim(current_contacts.category)) = 'feedback' then true end as is_complaint,
    cast(null as {{ type_boolean() }}) as is_pre_sale,
    cast(null as {{ type_boolean() }}) as is_spam,

    cast({{ rounded('current_contacts.handling_seconds', 0) }} as {{ type_integer() }}) as handling_seconds,

    current_contacts.reported_at as created_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from current_contacts
