-- How good was the service on a ticket in scope, on five dimensions and altogether? What nobody can judge yet, or at all, is null.
-- noqa: disable=LT02,LT05
{% set dimensions = ['response_speed', 'problem_solving', 'attitude', 'communication', 'follow_up'] -%}
{# Old enough for something that was not told before: as_of has moved on. -#}
{% set in_time -%}
    select tickets.ticket_key from {{ ref('fct_tickets') }} as tickets
    inner join (
        select
            bands.score_dimension,
            max(coalesce(bands.up_to_minutes, bands.above_minutes)) * 60 as seconds
        from {{ ref('quality_bands') }} as bands
        group by bands.score_dimension
    ) as horizons
        on
            (
                horizons.score_dimension in ('problem_solving', 'response_speed')
                and {{ has_come('tickets.created_at', 'horizons.seconds') }}
            )
            or (
                horizons.score_dimension = 'follow_up'
                and {{ has_come('tickets.resolved_at', 'horizons.seconds') }}
            )
{%- endset -%}
{# Whether a source tells follow-ups is what it was where a ticket that nobody touched says so. -#}
{% set told_by_no_other -%}
    select tickets.ticket_key from {{ ref('fct_tickets') }} as tickets
    where
        tickets.source_system not in (
            select events.source_system from {{ ref('fct_ticket_events') }} as events
            where
                events.event_type in ('follow_up', 'result_feedback')
                and events.ticket_key not in (select touched.row_key from {{ touched_keys('int_tickets__fingerprinted') }} as touched)
        )
{%- endset -%}
{{ touched_by(
    'ticket_key',
    follows=['int_ticket_members__fingerprinted', 'int_tickets__fingerprinted'],
    asks=['int_ticket_responses__fingerprinted'],
    selects=[
        'select touched.row_key from ' ~ touched_keys('int_ticket_members__fingerprinted') ~ ' as touched',
        'select touched.row_key from ' ~ touched_keys('int_ticket_responses__fingerprinted') ~ ' as touched',
        in_time,
        told_by_no_other
    ],
    reads_whole=['fct_ticket_events']
) }}

with

-- From this age on the last band of minutes is reached, whatever may still come.
horizons as (

    select
        bands.score_dimension,

        max(coalesce(bands.up_to_minutes, bands.above_minutes)) as minutes

    from {{ ref('quality_bands') }} as bands
    group by bands.score_dimension

),

tickets as (

    select
        tickets.ticket_key,
        tickets.source_system,

        tickets.resolution_code,
        tickets.is_resolved,
        -- Nobody has replied, as far as everybody who did is known.
        coalesce(tickets.human_reply_count = 0 and tickets.reply_without_role_count = 0, false) as is_unreplied,

        tickets.reopen_count,
        tickets.first_reply_minutes,
        {{ elapsed_seconds('tickets.created_at', as_of()) }} >= solving_horizons.minutes * 60 as is_old_enough_to_be_solved,
        {{ elapsed_seconds('tickets.created_at', as_of()) }} >= reply_horizons.minutes * 60 as is_old_enough_to_be_answered,
        {{ elapsed_seconds('tickets.resolved_at', as_of()) }} >= follow_up_horizons.minutes * 60 as is_old_enough_to_be_followed_up,
        follow_up_horizons.minutes as follow_up_horizon_minutes,

        tickets.created_on,
        tickets.resolved_at

    from {{ ref('fct_tickets') }} as tickets
    inner join horizons as reply_horizons
        on reply_horizons.score_dimension = 'response_speed'
    inner join horizons as solving_horizons
        on solving_horizons.score_dimension = 'problem_solving'
    inner join horizons as follow_up_horizons
        on follow_up_horizons.score_dimension = 'follow_up'
    where tickets.is_in_scope

),

-- Where no follow-up was ever told, none is not none.
sources_telling_follow_ups as (

    select distinct events.source_system

    from {{ ref('fct_ticket_events') }} as events
    where events.event_type in ('follow_up', 'result_feedback')

),

contacts_after_resolution as (

    select
        tickets.ticket_key,

        min(case when events.event_type in ('follow_up', 'result_feedback') then events.occurred_at end) as first_follow_up_at,
        min(case when events.event_type = 'customer_reply' and events.occurred_at > tickets.resolved_at then events.occurred_at end)
            as first_message_at,
        max(case when events.is_human_reply then events.occurred_at end) as last_reply_at

    from tickets
    inner join {{ ref('fct_ticket_events') }} as events
        on tickets.ticket_key = events.ticket_key
    where
        tickets.is_old_enough_to_be_followed_up
        and {{ elapsed_seconds('tickets.resolved_at', 'events.occurred_at') }} <= tickets.follow_up_horizon_minutes * 60
        and (events.event_type in ('follow_up', 'result_feedback', 'customer_reply') or events.is_human_reply)
    group by tickets.ticket_key

),

follow_ups as (

    select
        tickets.ticket_key,

        case
            when contacts.first_follow_up_at is not null then null
            when contacts.last_reply_at > contacts.first_message_at then 'answered_customer'
            when tickets.reopen_count > 0 then 'solved_after_reopening'
            else 'none'
        end as band_value,
        cast({{ clock_seconds('tickets.resolved_at', 'contacts.first_follow_up_at') }} as {{ type_double() }}) / 60 as minutes

    from tickets
    inner join sources_telling_follow_ups as sources
        on tickets.source_system = sources.source_system
    left join contacts_after_resolution as contacts
        on tickets.ticket_key = contacts.ticket_key
    where tickets.is_old_enough_to_be_followed_up

),

numbered_responses as (

    select
        responses.ticket_key,

        responses.attitude_score,
        responses.communication_score,

        cast(row_number() over (
            partition by responses.ticket_key
            order by
                responses.submitted_at asc nulls last,
                {{ id_order('responses.response_key') }} asc nulls last,
                responses.response_key asc nulls last
        ) as {{ type_integer() }}) as response_number

    from {{ ref('fct_survey_responses') }} as responses
    where
        responses.is_valid
        and (responses.attitude_score is not null or responses.communication_score is not null)
        and responses.ticket_key in (select tickets.ticket_key from tickets)

),

-- The newest answer to each question.
answers as (

    select
        responses.ticket_key,
        {% for question in ['attitude', 'communication'] %}
        {%- set newest = 'max_by(responses.' ~ question ~ '_score, responses.response_number) filter (where responses.' ~ question ~ '_score is not null)' %}
        cast(cast({{ rounded(newest, 0) }} as {{ type_integer() }}) as {{ type_text() }}) as {{ question }}{{ ',' if not loop.last }}
        {%- endfor %}

    from numbered_responses as responses
    group by responses.ticket_key

),

scores as (

    select
        tickets.ticket_key,

        reply_bands.score as response_speed_score,
        solving_bands.score as problem_solving_score,
        attitude_bands.score as attitude_score,
        communication_bands.score as communication_score,
        follow_up_bands.score as follow_up_score,

        tickets.created_on

    from tickets
    left join answers
        on tickets.ticket_key = answers.ticket_key
    left join follow_ups
        on tickets.ticket_key = follow_ups.ticket_key
    left join {{ ref('quality_bands') }} as reply_bands
        on
            reply_bands.score_dimension = 'response_speed'
            and case
                when tickets.first_reply_minutes is not null
                    then
                        coalesce(reply_bands.above_minutes, -1) < tickets.first_reply_minutes
                        and (reply_bands.up_to_minutes is null or tickets.first_reply_minutes <= reply_bands.up_to_minutes)
                else tickets.is_unreplied and tickets.is_old_enough_to_be_answered and reply_bands.up_to_minutes is null
            end
    left join {{ ref('quality_bands') }} as solving_bands
        on
            solving_bands.score_dimension = 'problem_solving'
            and case
                when tickets.is_resolved then tickets.resolution_code = solving_bands.band_value
                when not tickets.is_resolved then tickets.is_old_enough_to_be_solved and solving_bands.band_value is null
            end
    left join {{ ref('quality_bands') }} as attitude_bands
        on
            attitude_bands.score_dimension = 'attitude'
            and answers.attitude = attitude_bands.band_value
    left join {{ ref('quality_bands') }} as communication_bands
        on
            communication_bands.score_dimension = 'communication'
            and answers.communication = communication_bands.band_value
    left join {{ ref('quality_bands') }} as follow_up_bands
        on
            follow_up_bands.score_dimension = 'follow_up'
            and case
                when follow_ups.band_value is not null then follow_ups.band_value = follow_up_bands.band_value
                else
                    follow_up_bands.band_value is null
                    and coalesce(follow_up_bands.above_minutes, -1) < follow_ups.minutes
                    and follow_ups.minutes <= follow_up_bands.up_to_minutes
            end

),

weights as (

    select
        weights.valid_from,
        weights.valid_to
        {%- for dimension in dimensions %},
        max(case when weights.score_dimension = '{{ dimension }}' then weights.weight end) as {{ dimension }}_weight
        {%- endfor %}

    from {{ ref('int_quality_weights__computed') }} as weights
    group by
        weights.version,
        weights.valid_from,
        weights.valid_to

),

composites as (

    select
        scores.ticket_key,

        {% for dimension in dimensions -%}
            scores.{{ dimension }}_score,
        {% endfor -%}
        {% for dimension in dimensions -%}
            case when scores.{{ dimension }}_score is not null then 1 else 0 end{{ ' + ' if not loop.last }}
        {%- endfor %} as scored_dimension_count,
        (
            {%- for dimension in dimensions %}
            coalesce(weights.{{ dimension }}_weight * scores.{{ dimension }}_score, 0){{ ' +' if not loop.last }}
            {%- endfor %}
        ) as weighted_score,
        (
            {%- for dimension in dimensions %}
            case when scores.{{ dimension }}_score is not null then weights.{{ dimension }}_weight else 0 end{{ ' +' if not loop.last }}
            {%- endfor %}
        ) as scored_weight

    from scores
    left join weights
        on
            scores.created_on >= weights.valid_from
            and (weights.valid_to is null or scores.created_on < weights.valid_to)

),

graded as (

    select
        composites.ticket_key,

        {% for dimension in dimensions -%}
            composites.{{ dimension }}_score,
        {% endfor -%}
        composites.scored_dimension_count,
        case
            when composites.scored_dimension_count >= 3
                then {{ rounded(safe_divide('composites.weighted_score', 'composites.scored_weight'), 6) }}
        end as quality_score

    from composites

)

select
    graded.ticket_key,

    grades.grade as quality_grade,

    {% for dimension in dimensions -%}
        graded.{{ dimension }}_score,
    {% endfor -%}
    cast(graded.scored_dimension_count as {{ type_integer() }}) as scored_dimension_count,
    graded.quality_score

from graded
left join {{ grade_bounds() }} as grades
    on
        graded.quality_score >= grades.from_score
        and graded.quality_score < grades.to_score
