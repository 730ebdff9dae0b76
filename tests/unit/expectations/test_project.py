"""What the suites know by name exists in the project, so that no rule is silently left out."""

import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from expectations.outbound.definitions import DEFINITIONS, Definition, read_definitions
from expectations.outbound.families import is_family
from expectations.outbound.mart import Mart, published_marts
from expectations.outbound.reconciliation import RECONCILIATIONS
from expectations.outbound.scoreboard import is_scoreboard
from expectations.selection import suites_for
from expectations.suites import Rule, Suite
from orchestration.project import MODELS_FOLDER, PROJECT_ROOT, manifest_in
from tests.support.compiled_models import compiled_project

AS_OF = datetime(2026, 1, 1)


@cache
def definitions() -> list[Definition]:
    return read_definitions(PROJECT_ROOT / "seeds" / "reference" / "kpi_definitions.csv")


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled_project(tmp_path_factory).manifest


@pytest.fixture(scope="module")
def marts(manifest: Path) -> dict[str, Mart]:
    return {mart.subject: mart for mart in published_marts(manifest_in(manifest).marts)}


@pytest.fixture
def suites(tmp_path: Path, manifest: Path, marts: dict[str, Mart]):
    """The suites of a stage, over a snapshot of all marts and of the accounting."""
    subjects = [*marts, "quality.row_accounting"]
    tables = [dict(zip(("schema_name", "name", "rows"), (*subject.split("."), 1), strict=True)) for subject in subjects]
    (tmp_path / "building.json").write_text(json.dumps({"tables": tables}), encoding="utf-8")

    def of(stage) -> list[Suite]:
        return suites_for(stage, MODELS_FOLDER, database=tmp_path / "marts.duckdb", manifest=manifest, as_of=AS_OF)

    return of


@pytest.fixture
def rules(suites):
    def of(stage) -> dict[tuple[str, str], Rule]:
        return {(suite.subject, rule.name): rule for suite in suites(stage) for rule in suite.rules}

    return of


def test_every_mart_is_described_and_says_what_makes_a_row_unique(marts):
    assert [subject for subject, mart in marts.items() if not mart.columns or not mart.grain] == []


def test_the_grain_of_every_mart_is_among_its_columns(marts):
    assert [subject for subject, mart in marts.items() if not mart.has(*mart.grain)] == []


def test_what_is_counted_again_is_a_measure_of_a_kpi_and_of_columns_of_a_fact(marts):
    measures = {line[part] for line in definitions() for part in ("numerator", "denominator")}
    assert [one.measure for one in RECONCILIATIONS if one.measure not in measures] == []
    assert [one.measure for one in RECONCILIATIONS if not marts[one.fact].has(*one.needs)] == []


def test_families_scoreboard_and_definitions_are_recognised_by_their_columns(marts):
    families = {line["family"] for line in definitions()}
    there = {f"{path.parent.name}.{path.stem}" for path in (PROJECT_ROOT / "models" / "marts").glob("*/kpi_*.sql")}
    assert {subject for subject, mart in marts.items() if is_family(mart)} == there & {f"{family}.kpi_{family}" for family in families}
    assert [subject for subject, mart in marts.items() if is_scoreboard(mart)] == ["scoreboard.kpi_scoreboard"]
    assert DEFINITIONS in marts


def test_what_readers_never_get_is_not_looked_for_in_a_snapshot(marts):
    assert [subject for subject in marts if subject.startswith("measures.")] == []


def test_customers_are_looked_for_in_every_mart_that_has_them(marts, rules):
    hashed = {subject for subject, name in rules("outbound") if name == "customers_are_hashes"}
    assert hashed == {subject for subject, mart in marts.items() if mart.has("customer_key")}


def test_every_feed_has_the_rules_of_keys_ledger_rejects_and_volume(rules):
    found = rules("inbound")
    for subject in {subject for subject, _ in found}:
        for name in (
            "key_is_not_null",
            "current_version_is_unique",
            "ledger_adds_up",
            "no_row_is_rejected",
            "rejected_rows_are_few",
            "no_file_is_refused",
            "volume_is_as_usual",
        ):
            assert (subject, name) in found


def test_the_gate_has_the_rules_a_reader_relies_on(rules):
    found = rules("outbound")
    assert ("core.fct_refunds", "refund_is_within_what_was_paid") in found
    assert ("core.fct_tickets", "minutes_are_those_of_the_intervals") in found
    assert ("core.fct_tickets", "figures_reconcile_with_core") in found
    assert ("satisfaction.kpi_satisfaction", "values_are_possible") in found
    assert ("scoreboard.kpi_scoreboard", "figures_are_those_of_the_families") in found
    assert ("quality.row_accounting", "united_rows_are_in_their_mart_or_named") in found
    assert ("information_schema.columns", "no_column_is_personal") in found


def test_a_share_of_what_can_be_taken_back_may_pass_the_whole(rules):
    found = rules("outbound")
    assert ("loyalty.kpi_loyalty_satisfaction", "shares_are_between_0_and_1") in found
    assert ("cost.kpi_cost_categories", "shares_are_between_0_and_1") not in found
    assert ("core.fct_order_items", "shares_are_between_0_and_1") not in found


def test_outbound_suites_are_about_snapshots_only(tmp_path, manifest):
    with pytest.raises(FileNotFoundError, match=r"is no snapshot: it has no building\.json and no manifest\.json"):
        suites_for("outbound", MODELS_FOLDER, database=tmp_path / "warehouse.duckdb", manifest=manifest)


def test_outbound_suites_are_made_from_a_manifest(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"Give it: --manifest var/dbt/manifest\.json"):
        suites_for("outbound", MODELS_FOLDER, database=tmp_path / "marts.duckdb")


def test_the_page_of_expectations_lists_every_rule_with_its_severity(rules):
    page = (PROJECT_ROOT / "docs" / "expectations.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(\w+)` \| (\w+) \|", page, re.MULTILINE))
    optional = {("rows_are_fresh", "warning"), ("moments_are_in_order", "warning")}
    found = {(name, rule.severity) for stage in ("inbound", "outbound") for (_, name), rule in rules(stage).items()}
    assert listed - optional == found - optional


def test_every_rule_says_in_a_sentence_what_has_to_hold(rules):
    for stage in ("inbound", "outbound"):
        assert [key for key, rule in rules(stage).items() if not rule.meaning.endswith(".") or not rule.relations] == []
