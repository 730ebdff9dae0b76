"""The case table of macros/moments, macros/money and macros/requests, rendered and run through dbt; what as_of may be."""

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.support.dbt_project import built_database, dbt, prepared_project
from tests.support.warehouse import PROJECT_ROOT


def at(text: str | None) -> str:
    return "cast(null as timestamp)" if text is None else f"cast('{text}' as timestamp)"


def on(text: str | None) -> str:
    return "cast(null as date)" if text is None else f"cast('{text}' as date)"


def macro(name: str, *arguments: str) -> str:
    return f"{{{{ {name}({', '.join(chr(34) + argument + chr(34) for argument in arguments)}) }}}}"


def out_of_order(*moments: str | None) -> str:
    return "{{ out_of_order([" + ", ".join(f'"{at(moment)}"' for moment in moments) + "]) }}"


def worth(amount: str, rate: str) -> str:
    return macro("in_reporting_currency", f"cast({amount} as decimal(18, 2))", f"cast({rate} as decimal(18, 8))")


def units_of(amount: str, units: int, line_units: int) -> str:
    return macro("line_value", f"cast({amount} as decimal(18, 2))", f"cast({units} as bigint)", f"cast({line_units} as bigint)")


def completed(completed_at: str | None, decision: str) -> str:
    # The macro takes an alias, so the case brings a row of that name.
    row = f"(select {at(completed_at)} as completed_at, cast({decision} as varchar) as decision) as requests"
    return f"(select {{{{ is_request_completed('requests') }}}} from {row})"


def in_force(moment: str, since: str, until: str) -> str:
    row = f"(select {at(moment)} as asked_at, {at(since)} as applies_from, {at(until)} as applies_to) as versions"
    return f"(select {{{{ in_force_at('versions', 'versions.asked_at') }}}} from {row})"


def versions(name: str, bound: str) -> str:
    """The least or greatest of what a macro says of two versions of one key, and of another's only one."""
    rows = " union all ".join(
        f"select '{key}' as told_key, {at(told)} as told_at" for key, told in (("a", EARLY), ("a", LATE), ("b", LATE))
    )
    return f"(select {bound}(told.moment) from (select {{{{ {name}('v.told_key', 'v.told_at') }}}} as moment from ({rows}) as v) as told)"


def moment_at(text: str) -> datetime:
    return datetime.fromisoformat(text)


EARLY, LATE = "2026-01-01 00:00:00", "2026-01-01 01:30:00"
CASES: dict[str, list[tuple[str, object]]] = {
    "elapsed_hours": [
        (macro("elapsed_hours", at(EARLY), at(LATE)), 1.5),
        (macro("elapsed_hours", at(EARLY), at(EARLY)), 0.0),
        (macro("elapsed_hours", at(LATE), at(EARLY)), None),
        (macro("elapsed_hours", at(None), at(LATE)), None),
        (macro("elapsed_hours", at(EARLY), at(None)), None),
    ],
    "elapsed_seconds": [
        (macro("elapsed_seconds", at(EARLY), at(LATE)), 5400),
        # Both moments are cut to their second first, so that the steps of a way add up to it.
        (macro("elapsed_seconds", at("2026-01-01 00:00:00.9"), at("2026-01-01 00:00:01.1")), 1),
        (macro("elapsed_seconds", at("2026-01-01 00:00:00.1"), at("2026-01-01 00:00:00.9")), 0),
        (macro("elapsed_seconds", at(LATE), at(EARLY)), None),
        (macro("elapsed_seconds", at(None), at(LATE)), None),
        (macro("elapsed_seconds", at(EARLY), at(None)), None),
    ],
    "elapsed_days": [
        (macro("elapsed_days", on("2024-02-28"), on("2024-03-01")), 2),
        (macro("elapsed_days", on("2024-03-01"), on("2024-03-01")), 0),
        (macro("elapsed_days", on("2024-03-01"), on("2024-02-29")), None),
        (macro("elapsed_days", on(None), on("2024-03-01")), None),
    ],
    "in_force_at": [
        # At its beginning a version is in force, at its end it is not.
        *(
            (in_force(moment, EARLY, LATE), expected)
            for moment, expected in ((EARLY, True), ("2026-01-01 01:29:59.999999", True), (LATE, False))
        ),
        (in_force("2025-12-31 23:59:59", EARLY, LATE), False),
    ],
    "applies_from": [
        # Of two versions, and of one that stands alone: the first was in force from the beginning.
        (versions("applies_from", "max"), moment_at(LATE)),
        (versions("applies_from", "min"), datetime(1900, 1, 1)),
    ],
    "applies_to": [
        (versions("applies_to", "min"), moment_at(LATE)),
        (versions("applies_to", "max"), datetime(9999, 12, 31)),
    ],
    "out_of_order": [
        (out_of_order(EARLY, EARLY, LATE), False),
        (out_of_order(LATE, EARLY), True),
        (out_of_order(LATE, None, EARLY), True),
        (out_of_order(EARLY, LATE, None), False),
        (out_of_order(None, None, None), False),
    ],
    "in_reporting_currency": [
        (worth("112.71", "2.117"), Decimal("238.61")),
        (worth("0.05", "0.1"), Decimal("0.01")),
        (worth("-0.05", "0.1"), Decimal("-0.01")),
        (worth("9999999999999.99", "1"), Decimal("9999999999999.99")),
        (worth("10", "null"), None),
        (worth("null", "7"), None),
    ],
    # 64.335 as a double is 64.33499999999999.
    "to_cents": [
        (macro("to_cents", "cast(257.34 as double) * cast(0.25 as double)"), Decimal("64.34")),
        (macro("to_cents", "cast(1.005 as double)"), Decimal("1.01")),
        (macro("to_cents", "cast(-1.005 as double)"), Decimal("-1.01")),
        (macro("to_cents", "cast(1.00499 as double)"), Decimal("1.00")),
        (macro("to_cents", "cast(1234567890.125 as double)"), Decimal("1234567890.13")),
        (macro("to_cents", "cast(null as double)"), None),
    ],
    "line_value": [
        (units_of("10", 1, 3), Decimal("3.33")),
        (units_of("10", 2, 3), Decimal("6.67")),
        (units_of("10", 3, 3), Decimal("10.00")),
        (units_of("10", 4, 3), Decimal("10.00")),
        (units_of("10", 0, 3), Decimal("0.00")),
        (units_of("10", 0, 0), None),
        (units_of("null", 1, 3), None),
    ],
    "is_quality_reason": [
        *(
            (macro("is_quality_reason", f"'{reason}'"), True)
            for reason in ("quality_defect", "not_as_described", "wrong_item", "damaged_in_transit")
        ),
        *((macro("is_quality_reason", f"'{reason}'"), False) for reason in ("late_delivery", "changed_mind", "other")),
        (macro("is_quality_reason", "cast(null as varchar)"), None),
    ],
    "is_request_completed": [
        (completed(LATE, "'approved'"), True),
        (completed(LATE, "null"), True),
        (completed(LATE, "'rejected'"), False),
        (completed(LATE, "'withdrawn'"), False),
        (completed(None, "'approved'"), False),
    ],
}
NUMBERED = [(name, number, expected) for name, cases in CASES.items() for number, (_, expected) in enumerate(cases)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    models = {
        f"{name}_cases.sql": "select\n" + ",\n".join(f"    {case} as case_{number}" for number, (case, _) in enumerate(cases))
        for name, cases in CASES.items()
    }
    return built_database(prepared_project(tmp_path_factory.mktemp("core_macros") / "project", models))


@pytest.mark.parametrize(("name", "number", "expected"), NUMBERED, ids=[f"{name}-{number}" for name, number, _ in NUMBERED])
def test_a_macro_gives_what_its_case_says(built: duckdb.DuckDBPyConnection, name: str, number: int, expected: object) -> None:
    (found,) = built.execute(f"select case_{number} from main.{name}_cases").fetchall()[0]
    assert found == expected
    assert type(found) is type(expected)


def test_every_macro_of_these_folders_has_cases() -> None:
    folders = (PROJECT_ROOT / "macros" / name for name in ("moments", "money", "requests"))
    assert {path.stem for folder in folders for path in folder.glob("*.sql")} == set(CASES)


@pytest.mark.parametrize("text", ["2026-01-31 16:00:00", "2026-01-31T16:00:00Z", "2026-01-31 16:00:00+00:00"])
def test_as_of_is_taken_in_utc(tmp_path: Path, text: str) -> None:
    project = prepared_project(tmp_path / "project", {"moments.sql": "select {{ as_of_variable() }} as as_of_at"})
    finished = dbt(project, "run", "--quiet", "--vars", json.dumps({"as_of": text}))
    assert finished.returncode == 0, finished.stdout + finished.stderr
    with duckdb.connect(str(project / "cases.duckdb"), read_only=True) as connection:
        assert connection.execute("select as_of_at from main.moments").fetchall() == [(datetime(2026, 1, 31, 16),)]


def test_as_of_with_another_offset_is_refused(tmp_path: Path) -> None:
    project = prepared_project(tmp_path / "project", {"moments.sql": "select {{ as_of_variable() }} as as_of_at"})
    finished = dbt(project, "run", "--quiet", "--vars", json.dumps({"as_of": "2026-01-31T16:00:00+08:00"}))
    assert finished.returncode != 0
    assert "It has to be a moment in UTC" in finished.stdout
