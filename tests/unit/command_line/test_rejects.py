"""``aftersales rejects`` lists what was rejected, and exports it so that it can be corrected and delivered again."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestration.connections import connected
from orchestration.home import Home
from orchestration.loading import Archive, load_source, prepare_raw, read_declarations
from orchestration.project import MODELS_FOLDER

Run = Callable[..., Any]
Words = Callable[[str], str]

HEADER = "merchant_id,merchant_name,opened_on,updated_at"
FORMULA = 'm2,=HYPERLINK("http://example.com"),never,2024-03-01'
COMMENT = "-2,+86 1234,@never,2024-03-01"


def refresh_raw(home: Home) -> None:
    with connected(home.warehouse) as connection:
        sources = read_declarations(MODELS_FOLDER)
        prepare_raw(connection, sources)
        load_source(connection, sources["contract"], home.landing, run_id="x", archive=Archive(home.archive, own_landing=home.landing))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr("orchestration.loading.discovery.SETTLE_SECONDS", 0.0)
    home = Home(tmp_path / "home")
    deliver(home, "merchants/merchants_2024-03-01.csv", HEADER, "m1,One,2020-01-01,2024-03-01", FORMULA, COMMENT)
    deliver(home, "agent_trainings.jsonl", '{"agent_id": "a1", "course": "c", "trained_on": "soon"}')
    refresh_raw(home)
    return home


def deliver(home: Home, name: str, *lines: str) -> None:
    path = home.landing / "contract" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_it_lists_open_rows_by_reason_and_one_by_one(run: Run, home: Home, words: Words) -> None:
    result = run("rejects", "--home", home.root)
    shown = words(result.stdout)
    assert result.exit_code == 0, result.stderr
    assert "contract.merchants opened_on wrong type 2026-01-31 open 2" in shown
    assert "contract.agent_trainings trained_on wrong type 2026-01-31 open 1" in shown
    assert "contract/merchants/merchants_2024-03-01.csv 3 open opened_on: wrong type" in shown
    assert "never" not in shown


def test_what_lies_after_its_delivery_and_what_a_spreadsheet_rounded_are_listed_with_what_is_expected(
    run: Run, home: Home, words: Words
) -> None:
    deliver(home, "customers.csv", "customer_id,registered_at", "2.02511E+17,2024-03-01", "c1,2099-12-31")
    refresh_raw(home)
    shown = words(run("rejects", "--home", home.root, "--feed", "customers").stdout)
    assert "contract.customers customer_id rounded id all its digits, as text open 1" in shown
    assert "contract.customers registered_at later than delivery not after its delivery open 1" in shown


def test_one_feed_alone_and_an_unknown_one(run: Run, home: Home, words: Words) -> None:
    for name in ("agent_trainings", "contract.agent_trainings"):
        shown = words(run("rejects", "--home", home.root, "--feed", name).stdout)
        assert "agent_trainings" in shown
        assert "merchants" not in shown
    result = run("rejects", "--home", home.root, "--feed", "merchant")
    assert result.exit_code == 2
    assert "There is no feed 'merchant'. Did you mean" in result.stderr


def test_an_export_corrected_and_delivered_again_leaves_nothing_open(run: Run, home: Home, tmp_path: Path) -> None:
    result = run("rejects", "--home", home.root, "--export", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    exported = tmp_path / "out" / "contract" / "merchants" / "merchants_2024-03-01.rejects-2.csv"
    # Exactly what was delivered, formulas too: it is a file of the feed.
    assert exported.read_text(encoding="utf-8").splitlines() == [HEADER, FORMULA, COMMENT]
    assert f"{exported}: 2 rows of contract/merchants/merchants_2024-03-01.csv" in result.stdout

    for path in (tmp_path / "out" / "contract").rglob("*.*"):
        target = home.landing / path.relative_to(tmp_path / "out")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(
            path.read_text(encoding="utf-8").replace("@never", "2024-01-01").replace("never", "2024-01-01").replace("soon", "2024-02-02"),
            encoding="utf-8",
        )
    refresh_raw(home)

    assert "No rejected row is open." in run("rejects", "--home", home.root).stdout
    assert "replaced" in run("rejects", "--home", home.root, "--all").stdout
    with connected(home.warehouse) as connection:
        names = connection.execute("select merchant_id, merchant_name from raw.contract__merchants order by merchant_id").fetchall()
    assert names == [("-2", "+86 1234"), ("m1", "One"), ("m2", '=HYPERLINK("http://example.com")')]


def test_the_file_for_spreadsheets_says_what_is_wrong_and_holds_no_formula(run: Run, home: Home, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        run("rejects", "--home", home.root, "--export", tmp_path / "deep" / "out")
    finally:
        os.umask(before)
    reasons = tmp_path / "deep" / "out" / "reasons.csv"
    with reasons.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["feed"], row["exported_line"], row["delivered_line"], row["column"], row["row"]) for row in rows] == [
        ("contract.merchants", "2", "3", "opened_on", FORMULA),
        ("contract.merchants", "3", "4", "opened_on", f"'{COMMENT}"),
        ("contract.agent_trainings", "1", "1", "trained_on", '{"agent_id": "a1", "course": "c", "trained_on": "soon"}'),
    ]
    assert all(not (cell or "").startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    written = [tmp_path / "deep", *(tmp_path / "deep").rglob("*")]
    assert len([path for path in written if path.is_file()]) == 3
    assert [path for path in written if path.stat().st_mode & 0o077] == []


def test_what_cannot_be_exported_is_said(run: Run, home: Home, tmp_path: Path) -> None:
    for path in (home.archive / "contract" / "merchants").iterdir():
        path.unlink()
    result = run("rejects", "--home", home.root, "--export", tmp_path / "out")
    assert result.exit_code == 0
    assert "contract/merchants/merchants_2024-03-01.csv: the archive does not have the file" in result.stderr
    assert "agent_trainings.rejects-1.jsonl: 1 rows" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("--export", "out", "--all"), "leave --all out"), (("--export", "{landing}/x"), "outside of the landing zone")],
)
def test_wrong_usage_is_said(run: Run, home: Home, arguments: tuple[str, ...], message: str) -> None:
    result = run("rejects", "--home", home.root, *(argument.format(landing=home.landing) for argument in arguments))
    assert result.exit_code == 2
    assert message in result.stderr


def test_without_a_warehouse_or_while_it_is_held_it_says_what_to_do(run: Run, home: Home, tmp_path: Path) -> None:
    result = run("rejects", "--home", tmp_path / "nowhere")
    assert result.exit_code == 1
    assert "Run: aftersales refresh" in result.stderr
    home.warehouse.write_bytes(b"not a database" * 1000)
    result = run("rejects", "--home", home.root)
    assert result.exit_code == 1
    assert "The rejected rows cannot be read" in result.stderr


@pytest.mark.parametrize("change", ["drop table raw.rejects", "alter table raw.rejects drop column row_key"])
def test_a_warehouse_without_followed_up_rejects_says_so(run: Run, home: Home, change: str) -> None:
    with connected(home.warehouse) as connection:
        connection.execute(change)
    result = run("rejects", "--home", home.root)
    assert result.exit_code == 1
    assert "Run: aftersales refresh" in result.stderr
