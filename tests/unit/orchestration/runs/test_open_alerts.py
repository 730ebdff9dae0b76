"""An open alert is told in the log each time and at the webhook once; one that closed is news when it opens again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from orchestration.home import Home
from orchestration.runs.open_alerts import tell_open_alerts
from reading.manifest import AlertEntry
from tests.support import webhooks
from tests.support.publishing import publish_empty_snapshot

TICKETS = AlertEntry(
    kpi_id="tickets",
    name="Tickets",
    unit="count",
    level="critical",
    side="below",
    value=3,
    expected_low=64,
    expected_high=144,
    since=date(2025, 12, 5),
    judged_on=date(2025, 12, 7),
    driver_dimension="channel",
    driver_member="phone",
)
SATISFIED = AlertEntry(
    kpi_id="satisfied",
    name="Customer satisfaction rate",
    unit="ratio",
    level="notice",
    side="below",
    value=0.4,
    expected_low=0.61,
    expected_high=0.98,
    since=date(2025, 12, 7),
    judged_on=date(2025, 12, 7),
)
IN_WORDS = [
    "critical: Tickets was 3 on 2025-12-07, expected 64 to 144; open since 2025-12-05, mostly channel phone.",
    "notice: Customer satisfaction rate was 40.0 % on 2025-12-07, expected 61.0 % to 98.0 %; open since 2025-12-07.",
]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@contextmanager
def listening(monkeypatch: pytest.MonkeyPatch, status: int = 200) -> Iterator[list[str]]:
    """The configured webhook answers ``status``; what it was told stands in the list afterwards."""
    told: list[str] = []
    with webhooks.listening(status) as (address, received):
        monkeypatch.setenv("AFTERSALES_WEBHOOK_URL", address)
        yield told
    told += [notice["text"] for notice in received]


def test_an_open_alert_is_told_once_the_worst_first(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(monkeypatch) as told:
        publish_empty_snapshot(home, TICKETS, SATISFIED)
        assert tell_open_alerts(home) == (IN_WORDS, None)
        # Nothing new, then another snapshot in which they are still open: since an earlier day, and worse.
        tell_open_alerts(home)
        publish_empty_snapshot(
            home, TICKETS.model_copy(update={"since": date(2025, 12, 4)}), SATISFIED.model_copy(update={"level": "critical"})
        )
        lines, _ = tell_open_alerts(home)
    assert told == ["\n".join(["After-sales alerts: 2 new, 2 open.", *IN_WORDS])]
    # The log has them all the same.
    assert len(lines) == 2 and "open since 2025-12-04" in lines[0]


def test_only_what_is_new_is_told_and_what_closed_is_new_when_it_opens_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(monkeypatch) as told:
        for alerts in ((TICKETS,), (TICKETS, SATISFIED), (SATISFIED,), (TICKETS, SATISFIED)):
            publish_empty_snapshot(home, *alerts)
            tell_open_alerts(home)
    assert [said.splitlines()[0] for said in told] == [
        "After-sales alerts: 1 new, 1 open.", "After-sales alerts: 1 new, 2 open.", "After-sales alerts: 1 new, 2 open."
    ]  # fmt: skip
    assert [said.splitlines()[1:] for said in told] == [IN_WORDS[:1], IN_WORDS[1:], IN_WORDS[:1]]


def test_the_other_side_is_another_alert(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(monkeypatch) as told:
        publish_empty_snapshot(home, TICKETS)
        tell_open_alerts(home)
        publish_empty_snapshot(home, TICKETS.model_copy(update={"side": "above", "value": 300}))
        tell_open_alerts(home)
    assert len(told) == 2


def test_what_could_not_be_posted_is_posted_the_next_time_and_the_address_is_not_said(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_empty_snapshot(home, TICKETS)
    with listening(monkeypatch, status=500) as refused:
        lines, trouble = tell_open_alerts(home)
    assert (len(refused), lines) == (1, IN_WORDS[:1])
    assert trouble == (
        "New alerts could not be posted to the configured webhook: it answered 500 (Internal Server Error). The next refresh tries again."
    )
    with listening(monkeypatch) as told:
        assert tell_open_alerts(home)[1] is None
        tell_open_alerts(home)
    assert len(told) == 1


def test_without_a_webhook_nobody_is_told_and_the_first_one_hears_of_what_is_open(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AFTERSALES_WEBHOOK_URL", raising=False)
    publish_empty_snapshot(home, TICKETS)
    assert tell_open_alerts(home) == (IN_WORDS[:1], None)
    assert not home.told_alerts.exists()
    with listening(monkeypatch) as told:
        tell_open_alerts(home)
    assert len(told) == 1


def test_a_note_that_cannot_be_read_tells_once_more(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_empty_snapshot(home, TICKETS)
    home.told_alerts.write_text("{", encoding="utf-8")
    with listening(monkeypatch) as told:
        tell_open_alerts(home)
    assert len(told) == 1
    assert home.told_alerts.stat().st_mode & 0o777 == 0o600


def test_many_new_alerts_are_one_message_of_twenty(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(monkeypatch) as told:
        publish_empty_snapshot(home, *(TICKETS.model_copy(update={"kpi_id": f"kpi{number}"}) for number in range(23)))
        tell_open_alerts(home)
    (said,) = told
    assert len(said.splitlines()) == 22 and said.endswith("and 3 more")


def test_nothing_published_is_nothing_to_tell(home: Home) -> None:
    assert tell_open_alerts(home) == ([], None)
