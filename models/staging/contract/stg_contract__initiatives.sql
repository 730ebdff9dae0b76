-- Initiatives as the shop last stated them.
with

current_initiatives as (

    {{ current_rows(
        source('contract', 'initiatives'),
        columns=[
            'initiative_id', 'initiative_name', 'initiative_type', 'started_on', 'ended_on',
            'investment_amount', 'currency', 'scope_dimension', 'scope_member', 'target_kpi', 'updated_at'
        ]
    ) }}

)

select
    {{ entity_key('contract', ['current_initiatives.initiative_id']) }} as initiative_key,
    'contract' as source_system,

    current_initiatives.initiative_id,

    current_initiatives.initiative_name,
    current_initiatives.initiative_type,
    current_initiatives.currency,
    current_initiatives.scope_dimension,
    current_initiatives.scope_member,
    current_initiatives.target_kpi,

    current_initiatives.investment_amount,

    current_initiatives.started_on,
    current_initiatives.ended_on,
    current_initiatives.updated_at

from current_initiatives
