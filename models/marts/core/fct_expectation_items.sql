-- What a customer expected of an item of service, what they met with, and how much it matters to them. Only where both halves are answered
-- can one be held against the other. The most important items are a shop's three of the highest mean importance in all answers up to the
-- end of the month in which the pair was submitted, so that nothing that comes later rewrites it; of months before the first such answer,
-- those of its month. Of equal means the one with more answers goes first, then the one first in the alphabet.
with

answered_items as (

    select
        answers.response_key,

        questions.item,
        max(case when questions.question_role in ('expected', 'experienced') then questions.good_direction end) as good_direction,

        max(case when questions.question_role = 'expected' then answers.score end) as expected_score,
        max(case when questions.question_role = 'experienced' then answers.score end) as experienced_score,
        max(case when questions.question_role = 'importance' then answers.score end) as importance_score

    from {{ ref('fct_survey_answers') }} as answers
    inner join {{ ref('survey_questions') }} as questions
        on answers.question_code = questions.question_code
    where
        answers.is_valid
        and questions.item is not null
    group by
        answers.response_key,
        questions.item

),

items as (

    select
        answered_items.response_key,
        responses.source_system,
        responses.shop,
        responses.ticket_key,
        responses.merchant_key,
        responses.agent_key,

        answered_items.item,
        answered_items.good_direction,
        responses.channel,
        responses.issue_type,
        responses.contact_reason,
        responses.priority,
        responses.product_category,
        responses.region,
        responses.customer_tier,
        responses.agent_team,

        answered_items.expected_score is not null and answered_items.experienced_score is not null as is_pair,

        answered_items.expected_score,
        answered_items.experienced_score,
        answered_items.importance_score,
        cast(answered_items.experienced_score - answered_items.expected_score as decimal(18, 6)) as difference,
        cast(
            case answered_items.good_direction
                when 'down' then answered_items.expected_score - answered_items.experienced_score
                else answered_items.experienced_score - answered_items.expected_score
            end as decimal(18, 6)
        ) as gap,

        responses.submitted_at,
        responses.submitted_on,
        {{ period_start('month', 'responses.submitted_on') }} as month_on

    from answered_items
    inner join {{ ref('fct_survey_responses') }} as responses
        on answered_items.response_key = responses.response_key
    where responses.is_in_scope

),

importance_of_months as (

    select
        items.shop,

        items.item,

        count(*) as answer_count,
        sum(cast(items.importance_score as decimal(18, 6))) as importance,

        items.month_on

    from items
    where items.importance_score is not null
    group by
        items.shop,
        items.item,
        items.month_on

),

first_months as (

    select
        months.shop,

        min(months.month_on) as month_on

    from importance_of_months as months
    group by months.shop

),

months_with_items as (

    select distinct
        items.shop,

        items.month_on,
        greatest(items.month_on, first_months.month_on) as counted_to_on

    from items
    inner join first_months
        on items.shop = first_months.shop

),

importance_so_far as (

    select
        months_with_items.shop,

        importance_of_months.item,

        sum(importance_of_months.answer_count) as answer_count,
        {{ safe_divide('sum(importance_of_months.importance)', 'sum(importance_of_months.answer_count)') }} as importance_mean,

        months_with_items.month_on

    from months_with_items
    inner join importance_of_months
        on
            months_with_items.shop = importance_of_months.shop
            and months_with_items.counted_to_on >= importance_of_months.month_on
    group by
        months_with_items.shop,
        importance_of_months.item,
        months_with_items.month_on

),

ranked_items as (

    select
        importance_so_far.shop,

        importance_so_far.item,

        cast(row_number() over (
            partition by importance_so_far.shop, importance_so_far.month_on
            order by
                importance_so_far.importance_mean desc nulls last,
                importance_so_far.answer_count desc nulls last,
                importance_so_far.item asc nulls last
        ) as {{ type_integer() }}) as importance_rank,

        importance_so_far.month_on

    from importance_so_far

)

select
    items.response_key || ':' || items.item as expectation_item_key,
    items.source_system,
    items.shop,
    items.response_key,
    items.ticket_key,
    items.merchant_key,
    items.agent_key,

    items.item,
    items.good_direction,
    items.channel,
    items.issue_type,
    items.contact_reason,
    items.priority,
    items.product_category,
    items.region,
    items.customer_tier,
    items.agent_team,

    items.is_pair,
    case when items.is_pair then items.gap < 0 end as is_worse,
    coalesce(ranked_items.importance_rank <= 3, false) as is_most_important,

    items.expected_score,
    items.experienced_score,
    items.importance_score,
    items.difference,
    items.gap,

    items.submitted_at,
    items.submitted_on

from items
left join ranked_items
    on
        items.shop = ranked_items.shop
        and items.item = ranked_items.item
        and items.month_on = ranked_items.month_on
