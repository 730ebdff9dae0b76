"""Two real help desks: what was published about them against the raw files, read with nothing but the standard library."""

import csv
import gzip
import hashlib
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from tests.support.warehouse import PROJECT_ROOT, made_once, published, real_data, refreshed

INDIA = ZoneInfo("Asia/Kolkata")
BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
STATUS_OF_STATE = {
    "New": "new",
    "Active": "open",
    "Awaiting User Info": "pending",
    "Awaiting Vendor": "on_hold",
    "Awaiting Problem": "on_hold",
    "Awaiting Evidence": "on_hold",
    "Resolved": "solved",
    "Closed": "closed",
}
RESOLVED = ("solved", "closed")
PRIORITY = {"1 - Critical": "urgent", "2 - High": "high", "3 - Moderate": "normal", "4 - Low": "low"}


def moment(text: str, zone: ZoneInfo) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=zone)


def lost_its_time_of_day(contact: dict[str, str]) -> bool:
    """The desk writes midnight where it knows the day only: of the report, of the reply, or of both."""
    return any(contact[column].endswith(" 00:00") for column in ("Issue_reported at", "issue_responded"))


@pytest.fixture(scope="module")
def contact_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    landing = real_data()

    def make(folder: Path) -> None:
        refreshed(folder, landing, "--source", "support_csat")

    with published(made_once(tmp_path_factory, "contacts_home", make)) as connection:
        yield connection


@pytest.fixture(scope="module")
def incident_desk(real_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with published(real_home) as connection:
        yield connection


@pytest.fixture(scope="module")
def contacts() -> list[dict[str, str]]:
    (file,) = (real_data() / "support_csat").glob("*.csv")
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@pytest.fixture(scope="module")
def incidents() -> dict[str, list[dict[str, str]]]:
    (file,) = (real_data() / "incidents").glob("*.csv.gz")
    updates: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    with gzip.open(file) as binary:
        for row in csv.DictReader(io.TextIOWrapper(binary, encoding="utf-8", newline="")):
            updates[row["number"]].append(row)
    for rows in updates.values():
        rows.sort(key=lambda row: (moment(row["sys_updated_at"], ZoneInfo("UTC")), int(row["sys_mod_count"])))
    return updates


def quantile(values: list[Fraction], share: Fraction) -> float:
    """Linear interpolation between the two nearest values, in exact numbers until the last step."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (ordered[above] - ordered[below]) * (place - below))


HALF, NINE_TENTHS = Fraction(1, 2), Fraction(9, 10)


def minutes_between(earlier: datetime, later: datetime) -> Fraction:
    return Fraction(int((later - earlier).total_seconds()), 60)


def period_starts(day: date) -> dict[str, date]:
    return {
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "quarter": day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
        "year": day.replace(month=1, day=1),
    }


Cell = tuple[str, date, str, str]


def scoreboard(desks: duckdb.DuckDBPyConnection, kpi_id: str, dimensions: tuple[str, ...]) -> dict[Cell, Any]:
    rows = desks.execute(
        "select period_grain, period_start, dimension, member, value, numerator, denominator, n from scoreboard.kpi_scoreboard"
        " where kpi_id = ? and list_contains(?, dimension) and n > 0",
        [kpi_id, list(dimensions)],
    ).fetchall()
    return {row[:4]: row[4:] for row in rows}


def test_first_reply_times_of_the_contacts_agree_with_the_raw_file(
    contact_desk: duckdb.DuckDBPyConnection, contacts: list[dict[str, str]]
) -> None:
    minutes: defaultdict[Cell, list[Fraction]] = defaultdict(list)
    for contact in contacts:
        reported, responded = moment(contact["Issue_reported at"], INDIA), moment(contact["issue_responded"], INDIA)
        if lost_its_time_of_day(contact) or responded < reported:
            continue  # A reply, of which nothing can be measured.
        channel = "email" if contact["channel_name"] == "Email" else "phone"
        for grain, start in period_starts(reported.astimezone(BUSINESS_ZONE).date()).items():
            for dimension, member in (("overall", "all"), ("channel", channel)):
                minutes[grain, start, dimension, member].append(minutes_between(reported, responded))
    measured = sum(len(values) for cell, values in minutes.items() if cell[0] == "year" and cell[2] == "overall")
    assert (len(contacts), measured) == (10_734, 10_728)

    mean = scoreboard(contact_desk, "first_reply_minutes_mean", ("overall", "channel"))
    assert mean == {cell: (float(sum(v) / len(v)), float(sum(v)), len(v), len(v)) for cell, v in minutes.items()}
    median = scoreboard(contact_desk, "first_reply_minutes_median", ("overall", "channel"))
    assert {cell: row[0] for cell, row in median.items()} == {cell: quantile(v, HALF) for cell, v in minutes.items()}
    p90 = scoreboard(contact_desk, "first_reply_minutes_p90", ("overall", "channel"))
    assert {cell: row[0] for cell, row in p90.items()} == {cell: quantile(v, NINE_TENTHS) for cell, v in minutes.items()}


def test_satisfaction_by_agent_agrees_with_the_raw_file(contact_desk: duckdb.DuckDBPyConnection, contacts: list[dict[str, str]]) -> None:
    scores: defaultdict[Cell, list[int]] = defaultdict(list)
    for contact in contacts:
        # Told is the day only: the earliest moment of it that does not lie before the report and the reply.
        midnight = datetime.strptime(contact["Survey_response_Date"], "%d-%b-%y").replace(tzinfo=INDIA)
        submitted = max(midnight, moment(contact["Issue_reported at"], INDIA), moment(contact["issue_responded"], INDIA))
        agent = "support_csat:" + hashlib.md5(contact["Agent_name"].encode()).hexdigest()
        for grain, start in period_starts(submitted.astimezone(BUSINESS_ZONE).date()).items():
            if grain in ("month", "quarter", "year"):
                scores[grain, start, "agent", agent].append(int(contact["CSAT Score"]))
    assert scoreboard(contact_desk, "csat_mean", ("agent",)) == {
        cell: (sum(v) / len(v), sum(v), len(v), len(v)) for cell, v in scores.items()
    }


def test_the_number_of_lost_times_of_day_is_the_one_in_the_description(
    contact_desk: duckdb.DuckDBPyConnection, contacts: list[dict[str, str]]
) -> None:
    lost = sum(lost_its_time_of_day(contact) for contact in contacts)
    (counted,) = contact_desk.execute(
        "select count(*) from core.fct_tickets where source_system = 'support_csat' and event_before_creation_count > 0"
    ).fetchone() or (None,)
    described = re.search(r"\((\d+) of 10,734\)", description("support_csat"))
    assert described is not None
    assert lost == counted == int(described[1])


def test_no_name_of_a_person_is_published(contact_desk: duckdb.DuckDBPyConnection, contacts: list[dict[str, str]]) -> None:
    names = {contact[column] for contact in contacts for column in ("Agent_name", "Supervisor", "Manager")}
    agents = contact_desk.execute("select agent_id, team from core.dim_agents where source_system = 'support_csat'").fetchall()
    assert len(agents) == len({contact["Agent_name"] for contact in contacts})
    assert not names & {value for row in agents for value in row}


def statuses_of(updates: list[dict[str, str]]) -> list[tuple[datetime, str]]:
    """The real changes of status, from new on."""
    status, changes = "new", []
    for update in updates:
        told = STATUS_OF_STATE.get(update["incident_state"], status)
        if told != status:
            changes.append((moment(update["sys_updated_at"], ZoneInfo("UTC")), told))
            status = told
    return changes


def incident_clock(updates: list[dict[str, str]]) -> dict[str, Any]:
    opened = moment(updates[0]["opened_at"], ZoneInfo("UTC"))
    status, reopened, resolutions, running = "new", 0, [], timedelta()
    since = opened
    for told_at, told in statuses_of(updates):
        entered = max(told_at, opened)
        if status not in (*RESOLVED, "pending"):
            running += entered - since
        since = entered
        if status in RESOLVED and told not in RESOLVED:
            reopened += 1
        if told == "solved" or (told == "closed" and status not in RESOLVED):
            resolutions.append(entered)
        status = told
    return {
        "opened": opened,
        "is_resolved": status in RESOLVED,
        "reopened": reopened,
        "first_resolution": minutes_between(opened, resolutions[0]) if resolutions else None,
        "resolution": minutes_between(opened, resolutions[-1]) if resolutions and status in RESOLVED else None,
        "running": running,
    }


def test_incidents_resolutions_and_reopenings_agree_with_the_raw_log(
    incident_desk: duckdb.DuckDBPyConnection, incidents: dict[str, list[dict[str, str]]]
) -> None:
    rows = incident_desk.execute(
        "select ticket_id, is_resolved, reopen_count, first_resolution_minutes, resolution_minutes, is_in_scope"
        " from core.fct_tickets where source_system = 'incidents'"
    ).fetchall()
    measured = {row[0]: row[1:] for row in rows}
    expected = {}
    for number, updates in incidents.items():
        clock = incident_clock(updates)
        expected[number] = (clock["is_resolved"], clock["reopened"], clock["first_resolution"], clock["resolution"], True)
    assert measured == expected
    # The parts of the rates: tickets, resolved ones, ever resolved ones, reopened ones.
    parts = Counter()
    for is_resolved, reopened, first_resolution, _, _ in expected.values():
        parts.update(tickets=1, resolved=is_resolved, ever_resolved=first_resolution is not None, reopened=reopened > 0)
    counted = incident_desk.execute(
        "select count(*), count(*) filter (where is_resolved), count(first_resolved_at), count(*) filter (where reopen_count > 0)"
        " from core.fct_tickets where source_system = 'incidents' and is_in_scope"
    ).fetchone()
    assert counted == (parts["tickets"], parts["resolved"], parts["ever_resolved"], parts["reopened"])


def test_incidents_counted_on_the_scoreboard_agree_with_the_raw_log(
    incident_desk: duckdb.DuckDBPyConnection, incidents: dict[str, list[dict[str, str]]]
) -> None:
    minutes: defaultdict[Cell, list[Fraction]] = defaultdict(list)
    count: Counter[Cell] = Counter()
    for updates in incidents.values():
        clock = incident_clock(updates)
        for grain, start in period_starts(clock["opened"].astimezone(BUSINESS_ZONE).date()).items():
            for dimension, member in (("overall", "all"), ("priority", PRIORITY[updates[-1]["priority"]])):
                count[grain, start, dimension, member] += 1
                if clock["resolution"] is not None:
                    minutes[grain, start, dimension, member].append(clock["resolution"])

    tickets = scoreboard(incident_desk, "ticket_count", ("overall", "priority"))
    assert {cell: row[0] for cell, row in tickets.items()} == dict(count)
    mean = scoreboard(incident_desk, "resolution_minutes_mean", ("overall", "priority"))
    assert mean == {cell: (float(sum(v) / len(v)), float(sum(v)), len(v), len(v)) for cell, v in minutes.items()}
    median = scoreboard(incident_desk, "resolution_minutes_median", ("overall", "priority"))
    assert {cell: row[0] for cell, row in median.items()} == {cell: quantile(v, HALF) for cell, v in minutes.items()}


def test_the_desks_own_flags_differ_from_ours_as_often_as_the_description_says(
    incident_desk: duckdb.DuckDBPyConnection, incidents: dict[str, list[dict[str, str]]]
) -> None:
    verdicts = dict(
        incident_desk.execute(
            "select split_part(ticket_key, ':', 2), verdict from core.fct_ticket_sla"
            " where metric = 'resolution' and ticket_key like 'incidents:%'"
        ).fetchall()
    )
    targets = dict(
        incident_desk.execute(
            "select split_part(ticket_key, ':', 2), target_minutes from core.fct_ticket_sla"
            " where metric = 'resolution' and ticket_key like 'incidents:%'"
        ).fetchall()
    )
    flags: Counter[tuple[str, str]] = Counter()
    closing: Counter[str] = Counter()
    reopenings: Counter[str] = Counter()
    for number, updates in incidents.items():
        last = updates[-1]
        clock = incident_clock(updates)
        # The one that was never resolved is long past any target.
        ours = "met" if clock["is_resolved"] and clock["running"] / MINUTE <= targets[number] else "breached"
        assert verdicts[number] == ours
        desk = "met" if last["made_sla"] == "true" else "missed"
        flags[ours, desk] += 1
        until_closed = (moment(last["closed_at"], ZoneInfo("UTC")) - clock["opened"]) / MINUTE
        closed_in_time = until_closed <= targets[number]
        closing["agree"] += closed_in_time == (desk == "met")
        closing["only_till_closing"] += ours == "met" and desk == "missed" and not closed_in_time
        reopenings["agree"] += clock["reopened"] == max(int(update["reopen_count"]) for update in updates)

    text = description("incidents")
    assert f"| ours: met | {flags['met', 'met']:,} | {flags['met', 'missed']:,} |" in text
    assert f"| ours: breached | {flags['breached', 'met']:,} | {flags['breached', 'missed']:,} |" in text
    assert f"of the {flags['met', 'missed']:,}, {closing['only_till_closing']:,} took longer" in text
    assert f"the flags agree in {closing['agree']:,} of {len(incidents):,}" in text
    assert f"Its count and ours agree in {reopenings['agree']:,} incidents" in text


def description(source: str) -> str:
    """The text of a source's docs block, on one line."""
    path = PROJECT_ROOT / "models" / "staging" / source / f"_{source}__docs.md"
    return " ".join(path.read_text(encoding="utf-8").split())
