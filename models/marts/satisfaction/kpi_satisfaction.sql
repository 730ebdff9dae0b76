-- The KPIs of family 1 per period × member: what the invited sent back (by the day of sending), what valid responses say (by the day of
-- submission), which customers with an order met a problem and how they judged it at last (by the day of the order).
{% set service_dimensions = [
    'channel', 'issue_type', 'priority', 'product_category', 'region', 'customer_tier', 'agent_team', 'merchant', 'agent'
] -%}
{% set customer_orders = ref('int_customer_orders__observed') -%}
{% set judgements = ref('int_problem_judgements__observed') -%}
{% set order_dimensions = ['product_category', 'region', 'customer_tier', 'merchant'] -%}
{% set invitation_measures = [
    {'id': 'survey_sent_count', 'kind': 'sum', 'value': 'invitation_count'},
    {'id': 'survey_response_rate', 'kind': 'ratio', 'flag': 'is_responded'},
    {'id': 'survey_valid_rate', 'kind': 'ratio', 'flag': 'is_response_valid'}
] -%}
{% set response_measures = [
    {'id': 'csat_rate', 'kind': 'ratio', 'flag': 'is_satisfied'},
    {'id': 'csat_mean', 'kind': 'mean', 'value': 'overall_score'},
    {'id': 'csat_rate_reweighted', 'kind': 'weighted_ratio', 'weight': 'response_weight', 'numerator': 'is_satisfied'},
    {'id': 'dissatisfaction_rate', 'kind': 'ratio', 'flag': 'is_dissatisfied'},
    {'id': 'response_speed_csat_rate', 'kind': 'ratio', 'flag': 'is_satisfied_with_response_speed'},
    {'id': 'problem_solving_csat_rate', 'kind': 'ratio', 'flag': 'is_satisfied_with_problem_solving'},
    {'id': 'quality_csat_rate', 'kind': 'ratio', 'flag': 'is_satisfied_with_quality'},
    {'id': 'attitude_csat_rate', 'kind': 'ratio', 'flag': 'is_satisfied_with_attitude'},
    {'id': 'professionalism_csat_rate', 'kind': 'ratio', 'flag': 'is_satisfied_with_professionalism'},
    {'id': 'communication_csat_rate', 'kind': 'ratio', 'flag': 'is_satisfied_with_communication'},
    {'id': 'follow_up_csat_rate', 'kind': 'ratio', 'flag': 'is_satisfied_with_follow_up'},
    {'id': 'bot_csat_mean', 'kind': 'mean', 'value': 'bot_overall_score'},
    {'id': 'nps', 'kind': 'mean', 'value': 'promoter_balance'},
    {'id': 'ces_mean', 'kind': 'mean', 'value': 'ces_score'}
] -%}
{% set order_measures = [{'id': 'customer_problem_rate', 'kind': 'ratio', 'flag': 'has_problem'}] -%}
{% set judgement_measures = [
    {'id': 'problem_satisfied_rate', 'kind': 'ratio', 'flag': 'is_satisfied', 'latest_by': 'judgement_number'}
] -%}

with

invitations as (

    {{ kpi_rollup(ref('int_survey_invitations__observed'), 'sent_on', service_dimensions, invitation_measures) }}  -- noqa: PRS

),

responses as (

    {{ kpi_rollup(ref('int_survey_responses__observed'), 'submitted_on', service_dimensions, response_measures) }}  -- noqa: PRS

),

customers as (

    {{ kpi_rollup(customer_orders, 'ordered_on', order_dimensions, order_measures, per='customer_number') }}  -- noqa: PRS

),

judgements as (

    {{ kpi_rollup(judgements, 'ordered_on', service_dimensions, judgement_measures, per='customer_key') }}  -- noqa: PRS

)

{{ kpi_family([
    {'name': 'invitations', 'dimensions': service_dimensions, 'measures': invitation_measures},
    {'name': 'responses', 'dimensions': service_dimensions, 'measures': response_measures},
    {'name': 'customers', 'dimensions': order_dimensions, 'measures': order_measures},
    {'name': 'judgements', 'dimensions': service_dimensions, 'measures': judgement_measures}
]) }}
