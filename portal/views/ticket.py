"""Why a ticket's numbers are what they are, as ``aftersales explain`` says it: events, turns, intervals, verdicts, scores, costs."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from portal import parts
from portal.url import written
from portal.visit import Visit
from reading import figures
from reading.errors import UnknownName
from reading.scores import bands_of, read_scores
from reading.ticket_costs import read_costs
from reading.tickets import DURATIONS, Explanation, Row, meaning_of, outcome_of, read_explanation


def show(visit: Visit) -> None:
    """Write the page."""
    words = visit.words
    parts.heading(words("page_ticket"), words("ticket_lead"))
    name = written(words("ticket_id"), "ticket", placeholder="contract:T00001")
    if not name:
        return
    try:
        explanation = read_explanation(visit.snapshot.connection, name)
    except UnknownName:
        st.error(words("no_such_ticket", name=name), icon=":material/error:")
        return
    ticket = explanation.ticket
    st.header(str(ticket["ticket_key"]), anchor=False)
    st.markdown(
        words(
            "ticket_head",
            issue=words.member("issue_type", str(ticket["issue_type"])),
            channel=words.member("channel", str(ticket["channel"])),
            priority=words.member("priority", str(ticket["priority"] or "unknown")),
            opened=_moment(visit, ticket["created_at"]),
            zone=visit.zone.key,
            status=words.name("members", str(ticket["status"] or "unknown")),
            scope=words("in_scope" if ticket["is_in_scope"] else "out_of_scope"),
        )
    )
    _durations(visit, explanation)
    _events(visit, explanation)
    _turns(visit, explanation)
    _verdicts(visit, explanation)
    _intervals(visit, explanation)
    _scores(visit, ticket)
    _costs(visit, str(ticket["ticket_key"]))


def _moment(visit: Visit, moment: datetime | None) -> str:
    return figures.NOTHING if moment is None else f"{moment.replace(tzinfo=UTC).astimezone(visit.zone):%Y-%m-%d %H:%M:%S}"


def _durations(visit: Visit, explanation: Explanation) -> None:
    words, ticket = visit.words, explanation.ticket
    frame = pd.DataFrame(
        [
            {"duration": words.said(said), "calendar_minutes": _minutes(ticket, f"{name}_seconds"),
             "business_minutes": _minutes(ticket, f"{name}_business_seconds")}
            for name, (said, _) in DURATIONS.items()
        ]
    )  # fmt: skip
    parts.table(frame, "durations", words, title=words("durations"))


def _minutes(ticket: Row, column: str) -> float | None:
    seconds = ticket.get(column)
    return None if seconds is None else round(seconds / 60, 2)


def _events(visit: Visit, explanation: Explanation) -> None:
    words = visit.words
    frame = pd.DataFrame(
        [
            {
                "occurred_at": _moment(visit, event["occurred_at"]),
                "event_type": words.name("members", str(event["event_type"])),
                "actor": event["actor_key"] or figures.NOTHING,
                "actor_role": words.name("members", str(event["actor_role"])) if event["actor_role"] else figures.NOTHING,
                "to_value": words.member("status", str(event["to_value"])) if event["to_value"] else figures.NOTHING,
                "meaning": "; ".join(words.said(said) for said in meaning_of(event, explanation.ticket)),
            }
            for event in explanation.events
        ]
    )
    parts.table(frame, "events", words, title=words("events", count=len(frame)))


def _turns(visit: Visit, explanation: Explanation) -> None:
    words = visit.words
    frame = pd.DataFrame(
        [
            {
                "turn_number": turn["turn_number"],
                "opened_at": _moment(visit, turn["opened_at"]),
                "answered_at": _moment(visit, turn["answered_at"]),
                "reply_minutes": _minutes(turn, "reply_seconds"),
                "meaning": words.said(outcome_of(turn)),
            }
            for turn in explanation.turns
        ]
    )
    parts.table(frame, "turns", words, title=words("turns", count=len(frame)))


def _verdicts(visit: Visit, explanation: Explanation) -> None:
    words = visit.words
    columns = ["metric", "verdict", "target_minutes", "elapsed_minutes", "paused_minutes", "clock", "policy_name"]
    frame = pd.DataFrame([{column: verdict[column] for column in columns} for verdict in explanation.verdicts], columns=columns)
    frame["metric"] = [words.name("members", str(each)) for each in frame["metric"]]
    frame["clock"] = [words.name("members", str(each)) for each in frame["clock"]]
    frame["verdict"] = [words.name("members", str(each)) for each in frame["verdict"]]
    parts.table(frame.round(2), "verdicts", words, title=words("verdicts"))


def _intervals(visit: Visit, explanation: Explanation) -> None:
    words = visit.words
    frame = pd.DataFrame(
        [
            {
                "interval_number": each["interval_number"],
                "from": _moment(visit, each["started_at"]),
                "until": _moment(visit, each["ended_at"]),
                "activity": words.name("members", str(each["activity"])),
                "calendar_minutes": _minutes(each, "calendar_seconds"),
                "business_minutes": _minutes(each, "business_seconds"),
            }
            for each in explanation.intervals
        ]
    )
    parts.table(frame, "intervals", words, title=words("intervals"))


def _scores(visit: Visit, ticket: Row) -> None:
    words = visit.words
    if not visit.snapshot.has_table("core", "fct_ticket_outcomes"):
        return
    scores = read_scores(visit.snapshot.connection, str(ticket["ticket_key"]))
    if scores is None:
        return
    frame = pd.DataFrame(
        [
            {"quality_dimension": words.said(name), "score": score, "meaning": words.said(why)}
            for name, score, why in bands_of(scores, ticket)
        ]
    )
    if scores.composite is None:
        title = words("scores_too_few", count=scores.scored_dimensions)
    else:
        grade = words.name("grades", str(scores.grade))
        title = words("scores", score=f"{scores.composite:.1f}", grade=grade, count=scores.scored_dimensions)
    parts.table(frame, "scores", words, title=title)


def _costs(visit: Visit, ticket_key: str) -> None:
    words = visit.words
    costs = read_costs(visit.snapshot.connection, ticket_key)
    columns = ["incurred_on", "category", "request_key", "amount", "currency", "reporting_amount"]
    frame = pd.DataFrame([{column: getattr(cost, column) for column in columns} for cost in costs], columns=columns)
    frame["category"] = [words.name("members", str(each)) for each in frame["category"]]
    for column in ("amount", "reporting_amount"):
        frame[column] = frame[column].astype(float)
    if not frame.empty:
        parts.table(frame, "costs", words, title=words("costs"))
