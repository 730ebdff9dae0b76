-- The score is the answer to the question of overall satisfaction.
with

current_contacts as (

    {{ current_rows(
        source('support_csat', 'contacts'),
        columns=['contact_id', 'csat_score', 'survey_responded_on']
    ) }}

)

select
    {{ entity_key('support_csat', ['current_contacts.contact_id', "'overall'"]) }} as answer_key,
    'support_csat' as source_system,
    {{ entity_key('support_csat', ['current_contacts.contact_id']) }} as response_key,

    current_contacts.contact_id as response_id,
    'overall' as question_code,

    cast(current_contacts.csat_score as decimal(18, 2)) as score,

    cast(null as {{ type_timestamp() }}) as updated_at

from current_contacts
where
    current_contacts.survey_responded_on is not null
    and current_contacts.csat_score is not null
