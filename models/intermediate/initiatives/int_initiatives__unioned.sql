-- The initiatives of all source systems that had started by as_of. The end of one that runs is a plan, and stays.
with

initiatives as (

    {{ union_of_sources('initiatives', {
        'initiative_key': type_text(),
        'source_system': type_text(),
        'initiative_id': type_text(),
        'initiative_name': type_text(),
        'initiative_type': type_text(),
        'scope_dimension': type_text(),
        'scope_member': type_text(),
        'target_kpi': type_text(),
        'currency': type_text(),
        'investment_amount': type_money(),
        'started_on': type_date(),
        'ended_on': type_date()
    }) }}

)

select
    initiatives.initiative_key,
    initiatives.source_system,
    initiatives.initiative_id,

    initiatives.initiative_name,
    initiatives.initiative_type,
    initiatives.scope_dimension,
    initiatives.scope_member,
    initiatives.target_kpi,
    initiatives.currency,

    initiatives.investment_amount,

    initiatives.started_on,
    initiatives.ended_on

from initiatives
where initiatives.started_on <= {{ business_date(as_of()) }}
