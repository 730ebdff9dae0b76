-- How many rows of each entity had been delivered and known by as_of?
{% set entities = {
    'customers': ref('int_customers__unioned'),
    'merchants': ref('int_merchants__unioned'),
    'products': ref('int_products__unioned'),
    'orders': ref('int_orders__unioned'),
    'order_items': ref('int_order_items__unioned'),
    'after_sales_requests': ref('int_after_sales_requests__unioned'),
    'refunds': ref('int_refunds__unioned'),
    'service_costs': ref('int_service_costs__unioned'),
    'initiatives': ref('int_initiatives__unioned'),
    'agents': ref('int_agents__unioned'),
    'tickets': ref('int_tickets__unioned'),
    'ticket_events': ref('int_ticket_events__unioned'),
    'ticket_tags': ref('int_ticket_tags__unioned'),
    'agent_trainings': ref('int_agent_trainings__unioned'),
    'product_suggestions': ref('int_product_suggestions__unioned'),
    'survey_invitations': ref('int_survey_invitations__unioned'),
    'survey_responses': ref('int_survey_responses__unioned'),
    'survey_answers': ref('int_survey_answers__unioned')
} -%}

{% for entity, relation in entities.items() %}
    select
        '{{ entity }}' as entity,
        count(*) as row_count

    from {{ relation }} as {{ entity }}
    {{ 'union all' if not loop.last }}
{% endfor %}
