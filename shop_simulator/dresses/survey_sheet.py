"""The answers to the shop's surveys as Qualtrics exports them: one wide sheet for each survey, with two lines more below the header.

A sheet tells who answered, not who was asked. The invitation stands where Qualtrics keeps a reference, ticket and order in embedded data.
"""

from __future__ import annotations

import json

from shop_simulator import truths
from shop_simulator.asking import ITEM_PARTS
from shop_simulator.dresses.files import Export

_AT = "strftime({} + interval 8 hour, '%Y-%m-%d %H:%M:%S')"
_ZONE = json.dumps({"ImportId": "startDate", "timeZone": "Asia/Shanghai"})
_QUESTIONS = {
    "service": ("overall", *truths.QUESTIONS, "ces"),
    "nps": ("nps",),
    "expectation": (
        *(f"{item}_{part}" for item in (*truths.EXPECTATION_ITEMS, "response_days") for part in ITEM_PARTS),
        "first_reply_minutes_expected",
    ),
}  # fmt: skip


def _sheet(survey: str) -> Export:
    questions = _QUESTIONS[survey]
    # The first word of a score is a number: 4, 0.8.
    scores = ", ".join(
        f"""(select any_value(regexp_replace(cast(answers.score as varchar), '[.]?0+$', '')) from shown_survey_answers as answers
            where answers.response_id = responses.response_id and answers.question_code = '{code}') as {code}"""
        for code in questions
    )
    query = f"""
        select
            {_AT.format("responses.submitted_at - to_seconds(coalesce(responses.duration_seconds, 0))")} as "StartDate",
            {_AT.format("responses.submitted_at")} as "EndDate", 'IP Address' as "Status", null as "IPAddress", 100 as "Progress",
            responses.duration_seconds as "Duration (in seconds)", 'True' as "Finished",
            {_AT.format("responses.submitted_at")} as "RecordedDate",
            'R_' || responses.response_id as "ResponseId", customers.full_name as "RecipientLastName", null as "RecipientFirstName",
            customers.email as "RecipientEmail", responses.invitation_id as "ExternalReference", 'email' as "DistributionChannel",
            'ZH-S' as "UserLanguage", {scores}, responses.comment_text as comment,
            digits(invitations.ticket_id) + 10000 as ticket_id, '#' || (digits(invitations.order_id) + 1000) as order_number
        from shown_survey_responses as responses
        inner join shown_survey_invitations as invitations on responses.invitation_id = invitations.invitation_id
        left join shown_customers as customers on invitations.customer_id = customers.customer_id
        where invitations.survey_type = '{survey}' and responses.is_new
        order by responses.submitted_at, responses.response_id
    """
    words = {code: f'您如何评价:\n“{code}”? Say "{code}"' for code in questions}
    ids = {code: json.dumps({"ImportId": f"QID{place}"}) for place, code in enumerate(questions, start=1)}
    dates = dict.fromkeys(("StartDate", "EndDate", "RecordedDate"), _ZONE)
    return Export(
        f"survey_sheet/{survey}_{{date}}.csv", query, lines_after_header=({"": "{}", **words}, {"": '{{"ImportId":"{}"}}', **ids, **dates}),
    )  # fmt: skip


EXPORTS = tuple(_sheet(survey) for survey in _QUESTIONS)
