-- Who answers? Those who were asked about service and answered, against those who did not, by what the service was like. Only closed
-- invitations are counted: of the open ones the quick have answered and the others have not had their time.
{% set dimensions = ['channel', 'issue_type', 'resolution', 'resolution_time'] -%}
{% set measures = [
    {'id': 'response_rate', 'kind': 'ratio', 'flag': 'is_responded'},
    {'id': 'responder_resolution_minutes_median', 'kind': 'median', 'value': 'responder_resolution_minutes'},
    {'id': 'non_responder_resolution_minutes_median', 'kind': 'median', 'value': 'non_responder_resolution_minutes'}
] -%}

with

closed_invitations as (

    select
        invitations.channel,
        invitations.issue_type,
        invitations.resolution,
        invitations.resolution_time,

        invitations.is_responded,

        invitations.responder_resolution_minutes,
        invitations.non_responder_resolution_minutes,

        invitations.sent_on

    from {{ ref('int_survey_invitations__observed') }} as invitations
    where invitations.is_closed and invitations.survey_type = 'service'

),

groups as (

    {{ kpi_rollup('closed_invitations', 'sent_on', dimensions, measures) }}  -- noqa: PRS

)

select
    members.period_grain,
    members.period_start,
    members.dimension,
    members.member,

    cast(members.response_rate_denominator as {{ type_integer() }}) as invited_count,
    cast(members.response_rate_numerator as {{ type_integer() }}) as responder_count,
    cast(members.response_rate_denominator - members.response_rate_numerator as {{ type_integer() }}) as non_responder_count,
    members.response_rate,
    members.response_rate_lower,
    members.response_rate_upper,
    {{ safe_divide('members.response_rate_numerator', 'overall.response_rate_numerator') }} as responder_share,
    {{ safe_divide(
        'members.response_rate_denominator - members.response_rate_numerator',
        'overall.response_rate_denominator - overall.response_rate_numerator'
    ) }} as non_responder_share,
    members.responder_resolution_minutes_median,
    members.non_responder_resolution_minutes_median

from groups as members
inner join groups as overall
    on
        members.period_grain = overall.period_grain
        and members.period_start = overall.period_start
        and overall.dimension = 'overall'
