-- One row per response to a survey, valid or not, with the first reason why it is not, counted under what its invitation is counted
-- under. Scores are as given, also those of invalid responses.
{% set questions = [
    'overall', 'response_speed', 'problem_solving', 'quality', 'attitude', 'professionalism', 'communication', 'follow_up', 'nps', 'ces',
    'satisfied'
] -%}

select
    responses.response_key,
    responses.source_system,
    coalesce(invitations.shop, {{ shop_of('responses.source_system') }}) as shop,
    responses.invitation_key,
    invitations.ticket_key,
    invitations.order_key,
    invitations.customer_key,
    invitations.merchant_key,
    invitations.agent_key,

    responses.survey_type,
    invitations.channel,
    invitations.issue_type,
    invitations.contact_reason,
    invitations.priority,
    invitations.product_category,
    invitations.region,
    invitations.customer_tier,
    invitations.agent_team,
    responses.invalid_reason,

    responses.is_valid,
    coalesce(invitations.is_in_scope, true) as is_in_scope,
    case when invitations.invitation_key is null then false else invitations.is_bot_only end as is_bot_only,

    responses.response_number,
    responses.answer_count,
    {% for question in questions -%}
        responses.{{ question }}_score,
    {% endfor -%}
    case
        when
            responses.is_valid
            and responses.overall_score is not null
            and responses.survey_type = 'service'
            and coalesce(invitations.is_in_scope, true)
            then cells.response_weight
    end as response_weight,
    responses.duration_seconds,

    responses.sent_at,
    responses.submitted_at,
    {{ business_date('responses.submitted_at') }} as submitted_on

from {{ ref('int_survey_responses__validated') }} as responses
left join {{ ref('fct_survey_invitations') }} as invitations
    on responses.invitation_key = invitations.invitation_key
left join {{ ref('int_survey_cells__weighted') }} as cells
    on
        {{ period_start('month', business_date('responses.submitted_at')) }} = cells.month_on
        and invitations.shop = cells.shop
        and coalesce(invitations.channel, 'unknown') = cells.channel
        and coalesce(invitations.issue_type, 'unknown') = cells.issue_type
