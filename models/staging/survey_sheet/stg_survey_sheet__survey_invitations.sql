{{ config(enabled='survey_sheet' in var('source_systems')) }}
{% set options = var('survey_sheet', {}) %}
-- A sheet tells who answered, and not who was asked and when: each answer stands for an invitation of the same moment.
with

current_responses as (

    {{ sheet_responses(
        columns=['response_id', 'invitation_id', 'ticket_id', 'order_number', 'channel', 'email', 'answers', 'submitted_at']
    ) }}

),

asked_responses as (

    select
        current_responses.response_id,
        min(survey_questions.survey_type) as survey_type

    from current_responses
    cross join {{ ref('survey_columns') }} as survey_columns
    inner join {{ ref('survey_questions') }} as survey_questions
        on survey_columns.question_code = survey_questions.question_code
    where {{ json_text('current_responses.answers', 'survey_columns.header') }} is not null
    group by current_responses.response_id

),

ranked_invitations as (

    select
        coalesce(current_responses.invitation_id, current_responses.response_id) as invitation_id,
        current_responses.ticket_id,
        {{ order_number('current_responses.order_number') }} as order_id,
        current_responses.email,

        coalesce(asked_responses.survey_type, 'service') as survey_type,
        {{ mapped_value('current_responses.channel', {'app': ['mobile'], 'self_service': ['anonymous', 'web', 'qr-code']}) }} as channel,
        row_number() over (
            partition by coalesce(current_responses.invitation_id, current_responses.response_id)
            order by current_responses.submitted_at nulls last, {{ id_order('current_responses.response_id') }} nulls last
        ) as invitation_rank,

        current_responses.submitted_at

    from current_responses
    left join asked_responses
        on current_responses.response_id = asked_responses.response_id

)

select
    {{ entity_key('survey_sheet', ['ranked_invitations.invitation_id']) }} as invitation_key,
    'survey_sheet' as source_system,
    {{ key_elsewhere(options.get('tickets_of'), 'ranked_invitations.ticket_id') }} as ticket_key,
    {{ key_elsewhere(options.get('orders_of'), 'ranked_invitations.order_id') }} as order_key,
    {{ entity_key('survey_sheet', ['ranked_invitations.email']) }} as customer_key,

    ranked_invitations.invitation_id,
    ranked_invitations.ticket_id,
    ranked_invitations.order_id,
    ranked_invitations.email as customer_id,

    ranked_invitations.survey_type,
    ranked_invitations.channel,

    ranked_invitations.submitted_at as sent_at,
    cast(null as {{ type_timestamp() }}) as expires_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from ranked_invitations
where ranked_invitations.invitation_rank = 1
