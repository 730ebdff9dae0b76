-- What is noted about a ticket beside its events: its tags, whether its customer was asked how satisfied they are, and what they said last.
with

tags as (

    select
        ticket_tags.ticket_key,

        {{ sorted_text_list('ticket_tags.tag', ', ') }} as tags

    from {{ ref('int_ticket_tags__unioned') }} as ticket_tags
    group by ticket_tags.ticket_key

),

-- A survey about a ticket that was merged away is about the one it was merged into.
surveys as (

    select
        coalesce(merged_tickets.surviving_ticket_key, invitations.ticket_key) as ticket_key,

        row_number() over (
            partition by coalesce(merged_tickets.surviving_ticket_key, invitations.ticket_key)
            order by
                responses.submitted_at desc nulls last,
                {{ id_order('invitations.invitation_key') }} desc nulls last,
                invitations.invitation_key desc nulls last
        ) as survey_rank,
        responses.overall_score

    from {{ ref('int_survey_invitations__unioned') }} as invitations
    left join {{ ref('int_tickets__merged') }} as merged_tickets
        on invitations.ticket_key = merged_tickets.ticket_key
    left join {{ ref('int_survey_responses__validated') }} as responses
        on
            invitations.invitation_key = responses.invitation_key
            and responses.is_valid
    where
        invitations.survey_type = 'service'
        and invitations.ticket_key is not null

)

select
    coalesce(tags.ticket_key, surveys.ticket_key) as ticket_key,

    tags.tags,

    surveys.ticket_key is not null as is_surveyed,

    cast(surveys.overall_score as {{ type_money() }}) as survey_score

from tags
full outer join (
    select
        surveys.ticket_key,
        surveys.overall_score
    from surveys
    where surveys.survey_rank = 1
) as surveys
    on tags.ticket_key = surveys.ticket_key
