"""Zendesk's tables as connectors hand them out, by hand: each nasty row and what it is worth."""

from datetime import datetime

import pytest

from tests.support.built_in_sources import SwitchedOn, switched_on

FILES = {
    "ticket/1.csv": """id,_fivetran_synced,created_at,updated_at,status,priority,via_channel,requester_id,merged_ticket_ids,custom_order,\
custom 'sku',custom_seconds,subject
11,x,2025-10-07 08:00:00.000 ,2025-10-07 12:00:00,closed,medium,web,501,[],#1001,MUG,90,"Say ""hi"", you"
12,x,2025-10-07 09:00:00,2025-10-07 12:00:00,hold,urgent,native_messaging,502,"[13, 14]", ,,soon,
13,x,2025-10-07 09:30:00,2025-10-07 12:00:00,closed,,fax,502,[],1002,,,
14,x,2025-10-07 09:40:00,2025-10-07 12:00:00,deleted,low,facebook,503,[],,,,
""",
    "ticket_comment/1.csv": """id,ticket_id,created,public,user_id,body,voice_comment
1,11,2025-10-07 08:00:00,TRUE,501,"Where, please?
It says ""sent"" only",FALSE
2,11,2025-10-07 08:10:00,TRUE,401,Look,FALSE
3,11,2025-10-07 08:11:00,FALSE,401,Note,FALSE
4,11,2025-10-07 08:20:00,TRUE,501,Thanks,FALSE
5,12,2025-10-07 09:00:00,TRUE,502,Chat,FALSE
6,13,2025-10-07 09:31:00,TRUE,402,Robot,FALSE
8,14,2025-10-07 09:40:00,TRUE,503,Hello,FALSE
9,14,2025-10-07 09:40:00,TRUE,402,Robot at once,FALSE
7,13,2025-10-07 09:32:00,TRUE,777,Who,FALSE
""",
    "ticket_field_history/1.csv": """field_name,ticket_id,updated,user_id,value
status,11,2025-10-07 08:00:00.000 ,,new
status,11,2025-10-07 08:10:00.000 ,401,pending
status,11,2025-10-07 08:10:00.000 ,401,pending
status,11,2025-10-07 08:30:00,,solved
priority,11,2025-10-07 08:00:00,,normal
priority,11,2025-10-07 08:05:00,,medium
assignee_id,11,2025-10-07 08:00:00,,401
assignee_id,11,2025-10-07 08:40:00,,
group_id,11,2025-10-07 08:07:00,401,99
group_id,11,2025-10-07 08:08:00,401,98
subject,11,2025-10-07 08:09:00,401,Hm
status,12,2025-10-07 09:05:00,,on-hold
status,12,2025-10-07 09:06:00,,hold
""",
    "user/1.csv": """id,role,custom_role_id,email,name,phone,custom_region,created_at,updated_at,locale
501,end-user,,a@x.example,A,,Berlin,2024-01-01 00:00:00,2024-01-01 00:00:00,de
502,end-user,,b@x.example,B,,,2024-01-01 00:00:00,2024-01-01 00:00:00,de
401,agent,,s@x.example,S,,,2020-05-01 08:00:00,2024-01-01 00:00:00,de
402,agent,1,bot@x.example,Bot,,,2020-05-02 08:00:00,2024-01-01 00:00:00,de
403,admin,2,p@x.example,P,,,2020-05-03 08:00:00,2024-01-01 00:00:00,de
""",
    "group/1.csv": "id,name\n98,Second line\n97,First line\n",
    "group_membership/1.csv": """id,user_id,group_id,default,created_at,updated_at
1,401,97,TRUE,2020-05-01 08:00:00,2020-05-01 08:00:00
2,401,98,FALSE,2021-05-01 08:00:00,2021-05-01 08:00:00
3,403,98,FALSE,2021-05-01 08:00:00,2021-05-01 08:00:00
""",
    "ticket_tag/1.csv": """tag,ticket_id
Refund,11
Refund,11
Refund,11
is_complaint,11
vip,11
presales,12
""",
    "satisfaction_rating/1.csv": """id,ticket_id,requester_id,score,comment,created_at,updated_at,assignee_id,reason
71,11,501,offered,,2025-10-07 09:00:00.000 ,2025-10-07 09:00:00,401,
72,12,502,unoffered,,2025-10-07 09:00:00,2025-10-07 09:00:00,401,
73,13,502,bad,"No, ""not"" so",2025-10-07 09:00:00,2025-10-07 10:00:00,401,slow
74,14,503,offered,,2025-10-07 09:00:00,2025-10-07 09:00:00,401,
""",
    "satisfaction_rating/2.csv": """id,ticket_id,requester_id,score,comment,created_at,updated_at
71,11,501,good,,2025-10-07 09:00:00,2025-10-07 09:30:00
""",
    "ticket_chat/1.csv": "chat_id,ticket_id,channel,created_at\nc1,12,native_messaging,2025-10-07 09:00:00\n",
    "ticket_chat_event/1.csv": """chat_id,chat_index,created_at,type,actor_id,original_message
c1,1,2025-10-07 09:01:00,ChatMessage,agent:402,"{""content"": ""a, b""}"
c1,2,2025-10-07 09:02:00,ChatMessage,visitor:502,"{}"
c1,3,2025-10-07 09:03:00,ChatMessage,agent:401,"{}"
c1,4,2025-10-07 09:04:00,ChatJoin,agent:401,
c1,5,2025-10-07 09:04:30,ChatMessage,trigger,"{}"
c9,1,2025-10-07 09:01:00,ChatMessage,agent:401,"{}"
""",
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> SwitchedOn:
    """A help desk of four tickets."""
    made = switched_on(tmp_path_factory)
    folder = tmp_path_factory.mktemp("landing")
    for name, content in FILES.items():
        path = folder / "zendesk" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    made.load(folder)
    return made


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2025-10-07 {clock}")


def test_every_column_is_known_and_no_row_is_rejected(desk: SwitchedOn) -> None:
    assert [
        (extract.feed, extract.refusal_reason, extract.rows_rejected, extract.unknown_columns)
        for extract in desk.loaded
        if extract.refusal_reason or extract.rows_rejected or extract.unknown_columns
    ] == []


def test_tickets_say_what_their_fields_and_tags_mean(desk: SwitchedOn) -> None:
    assert desk.rows(
        "select ticket_id, customer_key, order_key, product_key, merged_into_ticket_key, channel, issue_type, priority, is_complaint,"
        " is_pre_sale, is_spam, handling_seconds from stg_zendesk__tickets order by 1"
    ) == [
        ("11", "zendesk:501", "shopify:1001", "shopify:MUG", None, "email", "return_exchange", "normal", True, False, False, 90),
        ("12", "zendesk:502", None, None, None, "chat", "unknown", "urgent", False, True, False, None),
        ("13", "zendesk:502", "shopify:1002", None, "zendesk:12", "fax", "unknown", None, False, False, False, None),
        ("14", "zendesk:503", None, None, "zendesk:12", "social", "unknown", "low", False, False, True, None),
    ]


def test_events_are_what_was_written_and_changed(desk: SwitchedOn) -> None:
    events = "select event_type, actor_id, from_value, to_value, occurred_at from stg_zendesk__ticket_events where ticket_id = '{}'"
    order = " order by occurred_at, event_id"
    assert desk.rows(events.format(11) + order) == [
        ("created", None, None, "new", at("08:00")),
        ("assigned", None, None, "401", at("08:00")),
        ("priority_changed", None, "normal", "normal", at("08:05")),
        ("escalated", "401", None, None, at("08:07")),
        ("agent_reply", "401", None, None, at("08:10")),
        ("status_changed", "401", "new", "pending", at("08:10")),
        ("internal_note", "401", None, None, at("08:11")),
        ("customer_reply", None, None, None, at("08:20")),
        ("status_changed", None, "pending", "solved", at("08:30")),
    ]
    assert desk.rows(events.format(12) + order) == [
        ("created", None, None, "new", at("09:00")),
        ("bot_reply", "402", None, None, at("09:01")),
        ("customer_reply", None, None, None, at("09:02")),
        ("agent_reply", "401", None, None, at("09:03")),
        ("status_changed", None, "new", "on_hold", at("09:05")),
        ("status_changed", None, "on_hold", "on_hold", at("09:06")),
    ]
    assert desk.rows(events.format(13) + order) == [
        ("created", None, None, "new", at("09:30")),
        ("bot_reply", "402", None, None, at("09:31")),
        ("agent_reply", "777", None, None, at("09:32")),
    ]


def test_a_robot_that_answers_in_the_same_second_has_answered(desk: SwitchedOn) -> None:
    events = "select event_type, actor_id from stg_zendesk__ticket_events where ticket_id = '14' order by event_id"
    assert desk.rows(events) == [("created", None), ("bot_reply", "402")]


def test_people_are_customers_or_staff(desk: SwitchedOn) -> None:
    assert desk.rows("select customer_key, region from stg_zendesk__customers order by 1") == [
        ("zendesk:501", "Berlin"),
        ("zendesk:502", None),
    ]
    assert desk.rows("select agent_id, agent_role, team, valid_from from stg_zendesk__agents order by 1") == [
        ("401", "human", "First line", datetime(2020, 5, 1, 8)),
        ("402", "bot", None, datetime(2020, 5, 2, 8)),
        ("403", "partner", "Second line", datetime(2020, 5, 3, 8)),
    ]


def test_a_tag_that_comes_three_times_is_one(desk: SwitchedOn) -> None:
    assert desk.rows("select ticket_id, tag from stg_zendesk__ticket_tags order by 1, 2") == [
        ("11", "Refund"),
        ("11", "is_complaint"),
        ("11", "vip"),
        ("12", "presales"),
    ]


def test_the_books_balance(desk: SwitchedOn) -> None:
    assert desk.unbalanced() == []


def test_a_rating_is_asked_for_and_turns_to_good_or_bad(desk: SwitchedOn) -> None:
    assert desk.rows(
        "select invitation_id, ticket_key, customer_key, survey_type, sent_at from stg_zendesk__survey_invitations order by 1"
    ) == [
        ("71", "zendesk:11", "zendesk:501", "service", at("09:00")),
        ("73", "zendesk:13", "zendesk:502", "service", at("09:00")),
        ("74", "zendesk:14", "zendesk:503", "service", at("09:00")),
    ]
    assert desk.rows("select response_key, invitation_key, submitted_at from stg_zendesk__survey_responses order by 1") == [
        ("zendesk:71", "zendesk:71", at("09:30")),
        ("zendesk:73", "zendesk:73", at("10:00")),
    ]
    assert desk.rows("select answer_key, question_code, cast(score as integer) from stg_zendesk__survey_answers order by 1") == [
        ("zendesk:71|satisfied", "satisfied", 1),
        ("zendesk:73|satisfied", "satisfied", 0),
    ]
