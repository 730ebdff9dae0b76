"""The data tests of the calendars and policies: rows that each lets through, and for each way to break it a row that does."""

import shutil

import duckdb
import pytest

from tests.support.dbt_project import data_test_results, prepared_project
from tests.support.ticket_clock import SEED_COLUMNS
from tests.support.warehouse import PROJECT_ROOT

SINGULAR = PROJECT_ROOT / "tests" / "data" / "singular"
TESTS = (
    "business_hours_stand_on_quarters",
    "business_hours_never_overlap",
    "business_hours_are_valid_without_gap",
    "calendar_exceptions_say_one_thing",
    "calendars_in_use_reach_as_of",
    "calendars_in_use_cover_as_of",
    "sla_policy_names_the_calendar_its_clock_needs",
    "sla_policies_never_tie",
    "reply_targets_follow_each_other",
)
TYPES = {
    **SEED_COLUMNS,
    "int_as_of__resolved": "as_of_at timestamp",
    "int_sla_targets__resolved": (
        "metric text, policy_id text, tied_policy_id text, source_system text, channel text, issue_type text, priority text"
    ),
}
Rows = dict[str, list[str]]

# One row a line, the fields in the order of the table's columns; "-" is null.
SOUND: Rows = {
    "business_calendars": [
        "desk | Desk | Asia/Shanghai | holidays | 2023-01-01 | 2028-01-01",
        "always | Always | UTC | - | 2023-01-01 | -",
    ],
    "business_hours": [
        # Two shifts that meet, a night that ends when the next day begins, and other hours from 2025 on.
        "desk | 1 | 09:00 | 12:00 | 2023-01-01 | 2025-01-01",
        "desk | 1 | 12:00 | 18:15 | 2023-01-01 | 2025-01-01",
        "desk | 7 | 22:00 | 06:00 | 2023-01-01 | 2025-01-01",
        "desk | 1 | 06:00 | 12:00 | 2025-01-01 | -",
        "always | 1 | 00:00 | 24:00 | 2023-01-01 | -",
        "always | 2 | 00:00 | 24:00 | 2023-01-01 | -",
    ],
    "calendar_exceptions": [
        "holidays | 2025-10-01 | closed | - | - | - | National Day | notice",
        "holidays | 2025-10-11 | like_weekday | 1 | - | - | make-up | notice",
        "holidays | 2025-10-12 | open | - | 10:00 | 12:00 | half a day | notice",
        "holidays | 2025-10-12 | open | - | 14:00 | 16:00 | half a day | notice",
    ],
    "calendar_assignments": ["shop | - | desk"],
    "sla_policies": [
        "reply | Reply | first_reply | shop | - | - | - | 60 | business | desk | 2023-01-01 | -",
        "urgent | Urgent | first_reply | shop | urgent | - | - | 60 | calendar | - | 2023-01-01 | 2025-01-01",
    ],
    "reply_targets": [
        "chat | 180 | 08:00 | 23:00 | 2023-01-01 | 2025-01-01",
        "chat | 120 | 22:00 | 02:00 | 2025-01-01 | -",
        "- | 3600 | 00:00 | 24:00 | 2024-01-01 | -",
    ],
    "int_as_of__resolved": ["2026-06-01 00:00:00"],
    "int_sla_targets__resolved": ["first_reply | reply | - | shop | chat | other | normal"],
}
BREAKING: list[tuple[str, str, str]] = [
    ("reply_targets_follow_each_other", "reply_targets", "chat | 90 | 08:00 | 23:00 | 2024-12-31 | 2025-01-01"),
    ("reply_targets_follow_each_other", "reply_targets", "chat | 90 | 08:00 | 23:00 | 2022-01-01 | 2022-12-31"),
    ("reply_targets_follow_each_other", "reply_targets", "- | 90 | 08:00 | 23:00 | 2025-01-01 | -"),
    ("reply_targets_follow_each_other", "reply_targets", "email | 0 | 08:00 | 23:00 | 2023-01-01 | -"),
    ("reply_targets_follow_each_other", "reply_targets", "email | 90 | 8:00 | 23:00 | 2023-01-01 | -"),
    ("reply_targets_follow_each_other", "reply_targets", "email | 90 | 08:00 | 24:01 | 2023-01-01 | -"),
    ("reply_targets_follow_each_other", "reply_targets", "email | 90 | 08:00 | 08:00 | 2023-01-01 | -"),
    ("reply_targets_follow_each_other", "reply_targets", "email | 90 | 08:00 | 23:00 | 2023-01-01 | 2023-01-01"),
    ("business_hours_stand_on_quarters", "business_hours", "desk | 3 | 09:10 | 12:00 | 2023-01-01 | -"),
    ("business_hours_stand_on_quarters", "business_hours", "desk | 3 | 9:00 | 12:00 | 2023-01-01 | -"),
    ("business_hours_stand_on_quarters", "business_hours", "desk | 3 | 09:00 | 24:15 | 2023-01-01 | -"),
    ("business_hours_stand_on_quarters", "calendar_exceptions", "holidays | 2025-10-13 | open | - | 10:00 | 12:05 | half a day | notice"),
    ("business_hours_never_overlap", "business_hours", "desk | 1 | 11:45 | 13:00 | 2024-01-01 | 2024-02-01"),
    # The night of Sunday runs until 6 on Monday.
    ("business_hours_never_overlap", "business_hours", "desk | 1 | 05:45 | 06:00 | 2024-01-01 | 2024-02-01"),
    ("business_hours_are_valid_without_gap", "business_calendars", "idle | Idle | UTC | - | 2023-01-01 | -"),
    ("business_hours_are_valid_without_gap", "business_calendars", "desk | Too early | UTC | - | 2022-12-31 | -"),
    # Hours that end for good a day before the next ones begin.
    ("business_hours_are_valid_without_gap", "business_hours", "always | 3 | 00:00 | 01:00 | 2022-01-01 | 2022-12-31"),
    ("calendar_exceptions_say_one_thing", "calendar_exceptions", "holidays | 2025-10-14 | closed | 1 | - | - | both | notice"),
    ("calendar_exceptions_say_one_thing", "calendar_exceptions", "holidays | 2025-10-14 | like_weekday | - | - | - | which | notice"),
    ("calendar_exceptions_say_one_thing", "calendar_exceptions", "holidays | 2025-10-14 | open | - | 10:00 | - | until when | notice"),
    ("calendar_exceptions_say_one_thing", "calendar_exceptions", "holidays | 2025-10-01 | closed | - | - | - | again | notice"),
    ("calendar_exceptions_say_one_thing", "calendar_exceptions", "holydays | 2025-10-14 | closed | - | - | - | misspelt | notice"),
    ("calendar_exceptions_say_one_thing", "business_calendars", "lost | Lost | UTC | none | 2028-01-01 | -"),
    ("calendars_in_use_reach_as_of", "int_as_of__resolved", "2027-11-10 00:00:00"),
    # Midnight of 1 January 2028 in Shanghai: the calendar ended with the year.
    ("calendars_in_use_cover_as_of", "int_as_of__resolved", "2027-12-31 16:00:00"),
    ("calendars_in_use_cover_as_of", "business_calendars", "desk | Desk | Asia/Shanghai | - | 2023-01-01 | 2026-06-01"),
    (
        "sla_policy_names_the_calendar_its_clock_needs",
        "sla_policies",
        "p | P | first_reply | - | - | - | - | 60 | business | - | 2023-01-01 | -",
    ),
    (
        "sla_policy_names_the_calendar_its_clock_needs",
        "sla_policies",
        "p | P | first_reply | - | - | - | - | 60 | calendar | desk | 2023-01-01 | -",
    ),
    (
        "sla_policy_names_the_calendar_its_clock_needs",
        "sla_policies",
        "p | P | first_reply | - | - | - | - | 60 | calendar | - | 2023-01-01 | 2023-01-01",
    ),
    ("sla_policies_never_tie", "int_sla_targets__resolved", "first_reply | reply | other_reply | shop | chat | other | urgent"),
]


def select_of(table: str, rows: list[str]) -> str:
    columns = [column.split() for column in TYPES[table].split(", ")]
    selects: list[str] = []
    for row in rows:
        fields = [field.strip() for field in row.split("|")]
        assert len(fields) == len(columns), row
        selects.append(
            "select "
            + ", ".join(
                f"cast({'null' if field == '-' else repr(field)} as {kind}) as {name}"
                for field, (name, kind) in zip(fields, columns, strict=True)
            )
        )
    return "\nunion all\n".join(selects)


@pytest.fixture(scope="module")
def compiled_tests(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The SQL of each data test by name, over tables of a database called cases, after dbt saw them pass on sound rows."""
    files = {f"{name}.sql": select_of(name, rows) for name, rows in SOUND.items()}
    project = prepared_project(tmp_path_factory.mktemp("seed_tests") / "project", files)
    for name in TESTS:
        shutil.copy(SINGULAR / f"{name}.sql", project / "tests" / f"{name}.sql")
    assert data_test_results(project) == dict.fromkeys(TESTS, ("pass", 0))
    compiled = project / "target" / "compiled"
    return {path.stem: path.read_text(encoding="utf-8") for path in compiled.rglob("tests/*.sql")}


def rows_found(compiled_test: str, tables: Rows) -> int:
    """How many rows of ``tables`` the test complains of."""
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as cases; use cases; set TimeZone = 'UTC'")
        for name, rows in tables.items():
            connection.execute(f"create table {name} as {select_of(name, rows)}")
        return len(connection.execute(compiled_test).fetchall())


@pytest.mark.parametrize("test", TESTS)
def test_sound_calendars_and_policies_pass(compiled_tests: dict[str, str], test: str) -> None:
    assert rows_found(compiled_tests[test], SOUND) == 0


@pytest.mark.parametrize(("test", "table", "row"), BREAKING)
def test_each_way_to_break_a_rule_is_found(compiled_tests: dict[str, str], test: str, table: str, row: str) -> None:
    kept = [] if table == "int_as_of__resolved" else SOUND[table]
    assert rows_found(compiled_tests[test], {**SOUND, table: [*kept, row]}) > 0
