-- Who answers? Those who were asked about service and answered, against those who did not, by what the service was like. Only closed
-- invitations are counted: of the open ones the quick have answered and the others have not had their time.
-- noqa: disable=PRS,LT05
with

closed_invitations as (

    select
        invitations.channel,
        invitations.issue_type,
        case
            when tickets.is_resolved then 'resolved'
            when not tickets.is_resolved then 'unresolved'
        end as resolution,
        case
            when not tickets.is_resolved then 'unresolved'
            when tickets.resolution_minutes < 60 then 'under_1h'
            when tickets.resolution_minutes < 240 then '1h_to_4h'
            when tickets.resolution_minutes < 1440 then '4h_to_24h'
            when tickets.resolution_minutes < 4320 then '1d_to_3d'
            when tickets.resolution_minutes < 10080 then '3d_to_7d'
            when tickets.resolution_minutes >= 10080 then '7d_and_over'
        end as resolution_time,

        invitations.is_responded,

        case when invitations.first_response_key is not null then tickets.resolution_seconds end as responder_resolution_seconds,
        case when invitations.first_response_key is null then tickets.resolution_seconds end as non_responder_resolution_seconds,

        invitations.sent_on

    from {{ ref('fct_survey_invitations') }} as invitations
    left join {{ ref('fct_tickets') }} as tickets
        on invitations.ticket_key = tickets.ticket_key
    where
        invitations.survey_type = 'service'
        and invitations.is_in_scope
        -- Whoever was asked yesterday may still answer: only closed invitations tell who did not.
        and (
            {{ add_days('invitations.sent_at', var('survey_valid_days')) }} < {{ as_of() }}
            or invitations.expires_at <= {{ as_of() }}
        )

),

measures as (

    {{ measures_of({
        'facts': 'closed_invitations', 'date': 'sent_on', 'dimensions': ['channel', 'issue_type', 'resolution', 'resolution_time'],
        'measures': [
        {'name': 'closed', 'count': 'true'},
        {'name': 'invited', 'count': 'facts.is_responded is not null'},
        {'name': 'responded', 'count': 'facts.is_responded'},
        {'name': 'responder_seconds', 'sum': 'facts.responder_resolution_seconds', 'quantiles': ['median']},
        {'name': 'non_responder_seconds', 'sum': 'facts.non_responder_resolution_seconds', 'quantiles': ['median']}
    ]
    }) }}

),

groups as (

    {{ measures_side_by_side('measures', [
        'closed', 'invited', 'responded', 'responder_seconds_median', 'non_responder_seconds_median'
    ], is_touched=false) }}

)

select
    members.period_grain,
    members.period_start,
    members.dimension,
    members.member,

    members.invited_n as invited_count,
    members.responded_n as responder_count,
    members.invited_n - members.responded_n as non_responder_count,
    {{ safe_divide('members.responded_n', 'members.invited_n') }} as response_rate,
    {{ wilson_bound('-', 'members.responded_n', 'members.invited_n') }} as response_rate_lower,
    {{ wilson_bound('+', 'members.responded_n', 'members.invited_n') }} as response_rate_upper,
    {{ safe_divide('members.responded_n', 'overall.responded_n') }} as responder_share,
    {{ safe_divide('members.invited_n - members.responded_n', 'overall.invited_n - overall.responded_n') }} as non_responder_share,
    {{ kpi_minutes('members.responder_seconds_median') }} as responder_resolution_minutes_median,
    {{ kpi_minutes('members.non_responder_seconds_median') }} as non_responder_resolution_minutes_median

from groups as members
inner join groups as overall
    on
        members.period_grain = overall.period_grain
        and members.period_start = overall.period_start
        and overall.dimension = 'overall'
where members.closed_n > 0
