"""What was planted in the simulated shop is found again on the published scoreboard."""

import json
from pathlib import Path
from typing import Any

import pytest

from shop_simulator import truths as planted
from tests.support.warehouse import published

MINIMUM_SAMPLE = 30
# A 95 % interval misses its truth one time in twenty; of a hundred, eleven misses are less likely than one in a hundred.
LARGEST_SHARE_MISSED = 0.10

Truth = dict[str, Any]


def scoreboard_truths(landing: Path) -> list[Truth]:
    truths: list[Truth] = json.loads((landing / "truths.json").read_text(encoding="utf-8"))["truths"]
    return [truth for truth in truths if truth["mart"] == "scoreboard.kpi_scoreboard" and truth["n"] and truth["n"] >= MINIMUM_SAMPLE]


def misses(home: Path, truths: list[Truth]) -> list[str]:
    """The truths that the scoreboard does not bear out, in words."""
    missed: list[str] = []
    with published(home) as connection:
        for truth in truths:
            found = connection.execute(
                """
                select value, lower, upper, n
                from scoreboard.kpi_scoreboard
                where kpi_id = ? and period_grain = ? and period_start = ? and dimension = ? and member = ?
                """,
                [truth[name] for name in ("kpi_id", "period_grain", "period_start", "dimension", "member")],
            ).fetchone()
            assert found is not None, truth
            value, lower, upper, _ = found
            if truth["inside"] == "interval":
                is_found = lower <= truth["value"] <= upper
            elif truth["inside"] == "relative":
                is_found = abs(value - truth["value"]) <= truth["tolerance"] * truth["value"]
            else:
                is_found = abs(value - truth["value"]) <= truth["tolerance"]
            if not is_found:
                where = f"{truth['kpi_id']} {truth['period_grain']} {truth['period_start']} {truth['dimension']} {truth['member']}"
                missed.append(f"{where}: planted {truth['value']}, published {value} [{lower}, {upper}]")
    return missed


def of_kpis(truths: list[Truth], *prefixes: str) -> list[Truth]:
    return [truth for truth in truths if truth["kpi_id"].startswith(prefixes)]


def test_the_planted_satisfaction_over_the_year_is_inside_the_published_intervals(shop_landing: Path, shop_home: Path) -> None:
    truths = [truth for truth in of_kpis(scoreboard_truths(shop_landing), "csat_rate", "csat_mean") if truth["period_grain"] == "year"]
    assert {"overall", "channel", "issue_type"} <= {truth["dimension"] for truth in truths}
    assert misses(shop_home, truths) == []


@pytest.mark.parametrize(
    "prefixes",
    [
        ("csat", "dissatisfaction", "survey", "bot_csat", "ces", "response_speed", "problem_solving", "quality", "attitude", "follow_up"),
        ("first_reply", "first_bot_reply"),
        ("resolution_minutes", "processing_hours"),
        ("resolution_rate", "resolved_within", "reopen_rate", "escalation_rate", "transfer_rate"),
    ],
    ids=["satisfaction", "reply_time", "resolution_time", "resolution"],
)
def test_planted_truths_of_a_family_are_found_again(prefixes: tuple[str, ...], shop_landing: Path, shop_home: Path) -> None:
    truths = of_kpis(scoreboard_truths(shop_landing), *prefixes)
    assert len(truths) >= 20
    missed = misses(shop_home, truths)
    assert len(missed) <= LARGEST_SHARE_MISSED * len(truths), "\n".join(missed)


def test_the_course_that_works_shortens_resolutions_as_planted(shop_landing: Path, shop_home: Path) -> None:
    truths: list[Truth] = json.loads((shop_landing / "truths.json").read_text(encoding="utf-8"))["truths"]
    (effect,) = (truth for truth in truths if truth["dimension"] == "course" and truth["kpi_id"] == "resolution_minutes_median")
    with published(shop_home) as connection:
        row = connection.execute(
            "select resolution_minutes_before_median, resolution_minutes_after_median, is_small_sample"
            " from efficiency.kpi_training_effect where course = ?",
            [effect["member"]],
        ).fetchone()
    assert row is not None
    before, after, is_small_sample = row
    assert not is_small_sample
    assert after < before
    assert abs(after / before - effect["value"]) <= effect["tolerance"] * effect["value"]


def test_who_answers_a_reopened_ticket_takes_in_the_marts_as_long_as_their_pace_says(shop_home: Path) -> None:
    paces = planted.AGENT_PACE_PERCENT
    with published(shop_home) as connection:
        turns = connection.execute(
            f"""
            select cast(right(turns.agent_key, 4) as integer) % {len(paces)} as place, min(turns.reply_seconds), max(turns.reply_seconds)
            from core.fct_ticket_turns as turns
            inner join core.fct_ticket_events as reopened
                on turns.ticket_key = reopened.ticket_key and turns.opened_at = reopened.occurred_at
            where turns.outcome = 'answered' and reopened.from_value = 'solved' and reopened.to_value = 'open'
            group by place order by place
            """
        ).fetchall()
    assert turns == [
        (place, planted.REOPENED_REPLY_SECONDS * pace // 100, planted.REOPENED_REPLY_SECONDS * pace // 100)
        for place, pace in enumerate(paces)
    ]


def test_what_initiatives_bring_is_inside_the_published_interval_and_one_that_brings_nothing_is_not_called_one(
    shop_landing: Path, shop_home: Path
) -> None:
    truths: list[Truth] = json.loads((shop_landing / "truths.json").read_text(encoding="utf-8"))["truths"]
    brought = {
        truth["member"]: truth["value"] for truth in truths if truth["mart"] is None and "difference in differences" in truth["about"]
    }
    with published(shop_home) as connection:
        rows = connection.execute(
            "select scope_member, verdict, why, effect_lower, effect_upper from initiatives.kpi_initiative_effects"
        ).fetchall()
    found = {member: (verdict, why, lower, upper) for member, verdict, why, lower, upper in rows}
    assert brought.keys() == {"email", "phone"}
    for member, value in brought.items():
        _, _, lower, upper = found[member]
        assert lower <= value <= upper, (member, value, found[member])
    assert found["phone"][0] in {"no_evidence", "too_few"}
    # A median has no daily parts; nobody is left to compare everything with.
    assert [found[member][0] for member in ("logistics", None)] == ["cannot_be_measured"] * 2
    assert found["apparel"][0] in {"improved", "no_evidence"}
