"""Sheets of answers by hand, of five tools: each nasty row and what it is worth."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.built_in_sources import SwitchedOn, switched_on

QUALTRICS = """StartDate,EndDate,Status,IPAddress,Progress,Duration (in seconds),Finished,RecordedDate,ResponseId,RecipientEmail,ExternalReference,\
DistributionChannel,UserLanguage,overall,"ces",comment,ticket_id,order_number
Start Date,End Date,Response Type,IP Address,Progress,Duration (in seconds),Finished,Recorded Date,Response ID,Recipient Email,Ref,Channel,\
Language,"How was it,
all in all? Say ""overall"" only",Effort,Why,ticket_id,order_number
"{""ImportId"":""startDate"",""timeZone"":""Asia/Shanghai""}","{""ImportId"":""endDate""}",s,i,p,d,f,r,"{""ImportId"":""_recordId""}",e,x,c,l,\
"{""ImportId"":""QID1""}",q,q,t,o
2025-10-07 09:00:00,2025-10-07 09:02:03,IP Address,1.2.3.4,100,123,True,2025-10-07 09:02:03,R_1,a@x.example,inv-1,email,EN,4,2,"Good, ""really"" so",11,#1001
2025-10-07 10:00:00,2025-10-07 10:00:30,Survey Preview,,100,30,True,2025-10-07 10:00:30,R_2,,,preview,EN,1,1,,,
2025-10-07 11:00:00,2025-10-07 11:00:30,IP Address,,100,30,True,2025-10-07 11:00:30,R_3,,,anonymous,EN,n/a,,,,
"""  # noqa: E501
MONKEY = """Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,First Name,Last Name,Custom Data 1,overall,nps
,,,,,,,,,Response,Response
901,7,10/08/2025 09:00:00 AM,10/08/2025 09:05:00 PM,1.2.3.4,b@x.example,B,B,,5,9
"""
WJX = """序号,提交答卷时间,所用时间,来源,来源详情,来自IP,overall,nps
1,2025/10/9 9:05:03,2分3秒,微信,N/A,1.2.3.4(浙江-杭州),3,
"""
TYPEFORM = """#,overall,"How, and ""why""?",ticket_id,Email,Start Date (UTC),Submit Date (UTC),Network ID,Tags
tok1,4," / a / b",12,a@x.example,2025-10-10 08:00:00,2025-10-10 08:01:00,ab12,
tok2,-,,,c@x.example,2025-10-10 08:00:00,2025-10-10 08:02:00,ab13,
"""
FORM = """Timestamp,Email Address,overall,order_number
2025/10/11 9:05:00 AM GMT+8,c@x.example,5,#1002
2025/10/11 9:05:00 AM GMT+8,d@x.example,2,
10/11/2025 13:05:00,,3,
"""
# Downloaded again, one answer later.
FORM_AGAIN = FORM + "2025/10/12 9:05:00 PM GMT+8,,1,\n"
TOOLS = {
    "responses-AbC-01.csv": TYPEFORM,
    "Service (Responses) - Form Responses 1.csv": FORM,
    "google_forms_2.csv": FORM_AGAIN,
}


@pytest.fixture(scope="module")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> SwitchedOn:
    """A sheet of each tool."""
    made = switched_on(tmp_path_factory)
    folder = tmp_path_factory.mktemp("landing") / "survey_sheet"
    folder.mkdir()
    for name, content in {"a_qualtrics.csv": QUALTRICS, "b_monkey.csv": MONKEY, "c_wjx.csv": WJX, **TOOLS}.items():
        (folder / name).write_text(content, encoding="utf-8")
    made.load(folder.parent)
    return made


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_lines_that_explain_and_trials_are_left_out_and_counted(sheets: SwitchedOn) -> None:
    assert [(extract.rows_read, extract.rows_rejected, extract.rows_left_out) for extract in sheets.loaded] == [
        (3, 0, 0),
        (2, 0, 3),
        (1, 0, 1),
        (1, 0, 0),
        (4, 0, 0),
        (2, 0, 0),
    ]


def test_a_form_that_is_downloaded_again_counts_once_and_answers_of_one_second_are_two(sheets: SwitchedOn) -> None:
    """Typeform's clock is UTC, a form's the one that it names, or else that of the sheet."""
    assert sheets.rows(
        "select response_id, submitted_at from stg_survey_sheet__survey_responses"
        " where response_id like 'tok%' or response_id like '2025%' order by 1"
    ) == [
        ("2025-10-11 01:05:00 1", utc("2025-10-11 01:05")),
        ("2025-10-11 01:05:00 2", utc("2025-10-11 01:05")),
        ("2025-10-11 05:05:00 1", utc("2025-10-11 05:05")),
        ("2025-10-12 13:05:00 1", utc("2025-10-12 13:05")),
        ("tok1", utc("2025-10-10 08:01")),
        ("tok2", utc("2025-10-10 08:02")),
    ]


@pytest.mark.parametrize(
    ("name", "content", "lacking"),
    [
        ("typeform_9.csv", TYPEFORM.replace("Submit Date (UTC)", "Submitted"), "'Submit Date (UTC)'"),
        ("typeform_9.csv", TYPEFORM.replace("#,", "Token,"), "'#'"),
        ("google_forms_9.csv", FORM.replace("Timestamp", "Zeitstempel"), "'Timestamp' or '时间戳记'"),
    ],
)
def test_a_renamed_column_of_a_tool_is_named(
    name: str, content: str, lacking: str, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    made = switched_on(tmp_path_factory)
    (tmp_path / "survey_sheet").mkdir()
    (tmp_path / "survey_sheet" / name).write_text(content, encoding="utf-8")
    (refused,) = made.load(tmp_path)
    assert (refused.refusal_reason, f"{lacking} is not in the file" in refused.message) == ("missing_required_column", True)


def test_answers_are_the_scores_of_the_questions_that_the_seed_knows(sheets: SwitchedOn) -> None:
    assert sheets.rows("select response_id, question_code, score from stg_survey_sheet__survey_answers order by 1, 2") == [
        ("1", "overall", Decimal(3)),
        ("2025-10-11 01:05:00 1", "overall", Decimal(5)),
        ("2025-10-11 01:05:00 2", "overall", Decimal(2)),
        ("2025-10-11 05:05:00 1", "overall", Decimal(3)),
        ("2025-10-12 13:05:00 1", "overall", Decimal(1)),
        ("901", "nps", Decimal(9)),
        ("901", "overall", Decimal(5)),
        ("R_1", "ces", Decimal(2)),
        ("R_1", "overall", Decimal(4)),
        ("tok1", "overall", Decimal(4)),
    ]


def test_responses_say_when_and_how_long(sheets: SwitchedOn) -> None:
    assert sheets.rows(
        "select response_id, invitation_id, duration_seconds, submitted_at from stg_survey_sheet__survey_responses"
        " where response_id not like 'tok%' and response_id not like '2025%' order by 1"
    ) == [
        ("1", "1", 123, utc("2025-10-09 01:05:03")),
        ("901", "901", None, utc("2025-10-08 13:05")),
        ("R_1", "inv-1", 123, utc("2025-10-07 01:02:03")),
        ("R_3", "R_3", 30, utc("2025-10-07 03:00:30")),
    ]


def test_an_answer_belongs_to_its_ticket_and_order(sheets: SwitchedOn) -> None:
    assert sheets.rows(
        "select invitation_id, survey_type, channel, ticket_key, order_key, customer_key"
        " from stg_survey_sheet__survey_invitations order by 1"
    ) == [
        ("1", "service", None, None, None, None),
        ("2025-10-11 01:05:00 1", "service", None, None, "shopify:1002", "survey_sheet:c@x.example"),
        ("2025-10-11 01:05:00 2", "service", None, None, None, "survey_sheet:d@x.example"),
        ("2025-10-11 05:05:00 1", "service", None, None, None, None),
        ("2025-10-12 13:05:00 1", "service", None, None, None, None),
        ("901", "nps", None, None, None, "survey_sheet:b@x.example"),
        ("R_3", "service", "self_service", None, None, None),
        ("inv-1", "service", "email", "zendesk:11", "shopify:1001", "survey_sheet:a@x.example"),
        ("tok1", "service", None, "zendesk:12", None, "survey_sheet:a@x.example"),
        ("tok2", "service", None, None, None, "survey_sheet:c@x.example"),
    ]
    assert sheets.rows("select customer_id from stg_survey_sheet__customers order by 1") == [
        ("a@x.example",),
        ("b@x.example",),
        ("c@x.example",),
        ("d@x.example",),
    ]


def test_the_books_balance(sheets: SwitchedOn) -> None:
    assert sheets.unbalanced() == []
