"""The rule about the ticket clock: durations are those of the intervals that explain them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from expectations.outbound.mart import Mart
from expectations.sql import any_of, first_true, identifier, row_named_by
from expectations.suites import Rule
from expectations.thresholds import MINUTES_TOLERANCE

INTERVALS = "core.fct_ticket_intervals"

# Which intervals each duration of a ticket sums, as a condition on the intervals.
_COUNTED_BY_DURATION: Mapping[str, str] = {
    "queue": "intervals.is_before_assignment",
    "first_reply": "intervals.is_before_first_reply",
    "first_bot_reply": "intervals.is_before_first_bot_reply",
    "first_resolution": "intervals.is_before_first_resolution",
    "resolution": "intervals.is_before_resolution",
    "result_feedback": "intervals.is_between_resolution_and_feedback",
    "agent_work": "intervals.activity = 'agent_work'",
    "waiting_on_customer": "intervals.activity = 'waiting_on_customer'",
    "on_hold": "intervals.activity = 'on_hold'",
}
_SECONDS_BY_CLOCK: Mapping[str, str] = {"_minutes": "calendar_seconds", "_business_minutes": "business_seconds"}


def ticket_rules(mart: Mart, marts: Mapping[str, Mart]) -> Iterator[Rule]:
    """The rule about ``mart`` when it is about the ticket clock; ``marts`` are all of them by subject."""
    if mart.subject == "core.fct_tickets" and INTERVALS in marts:
        yield _minutes_are_those_of_the_intervals(mart, marts[INTERVALS])


def _minutes_are_those_of_the_intervals(mart: Mart, intervals: Mart) -> Rule:
    durations = {
        duration + clock: f"coalesce(sum(intervals.{seconds}) filter (where {counted}), 0) / 60.0"
        for duration, counted in _COUNTED_BY_DURATION.items()
        for clock, seconds in _SECONDS_BY_CLOCK.items()
        if mart.has(duration + clock)
    }
    sums = ", ".join(f"{minutes} as {identifier(column)}" for column, minutes in durations.items())
    # A duration that is null has not come to its end; what its intervals sum to so far is nobody's figure.
    cases = [
        (
            f"abs({identifier('mart', column)} - coalesce({identifier('explained', column)}, 0)) > {MINUTES_TOLERANCE}",
            f"{column} is not the sum of its intervals",
        )
        for column in durations
    ]
    return Rule(
        name="minutes_are_those_of_the_intervals",
        severity="critical",
        meaning="every duration of a ticket is the sum of the intervals that explain it.",
        checked=f"select count(*) from {mart.relation} as mart",
        failing=f"""
            select {first_true(cases)} || ' where ' || {row_named_by("mart", mart.naming_columns)} as example
            from {mart.relation} as mart
            left join (
                select intervals.ticket_key, {sums}
                from {intervals.relation} as intervals
                group by intervals.ticket_key
            ) as explained
                on mart.ticket_key = explained.ticket_key
            where {any_of(condition for condition, _ in cases)}
        """,
        relations=(mart.subject, intervals.subject),
    )
