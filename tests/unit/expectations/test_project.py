"""What the suites know by name exists in the project, so that no rule is silently left out."""

import re
from datetime import datetime
from functools import cache

from expectations import thresholds
from expectations.outbound import facts
from expectations.outbound.kpi import Kpi, read_kpis
from expectations.outbound.mart import Mart, read_marts
from expectations.outbound.reconciliation import RECONCILIATIONS
from expectations.selection import suites_for
from expectations.suites import Rule
from orchestration.project import MODELS_FOLDER, PROJECT_ROOT

AS_OF = datetime(2026, 1, 1)


@cache
def kpis() -> dict[str, Kpi]:
    return {kpi.kpi_id: kpi for kpi in read_kpis(PROJECT_ROOT / "seeds" / "reference" / "kpi_definitions.csv")}


@cache
def marts() -> dict[str, Mart]:
    return {mart.subject: mart for mart in read_marts(MODELS_FOLDER)}


def rules(stage) -> dict[tuple[str, str], Rule]:
    return {(suite.subject, rule.name): rule for suite in suites_for(stage, MODELS_FOLDER, as_of=AS_OF) for rule in suite.rules}


def test_every_mart_is_described_and_says_what_makes_a_row_unique():
    assert [subject for subject, mart in marts().items() if not mart.columns or not mart.grain] == []


def test_the_grain_of_every_mart_is_among_its_columns():
    assert [subject for subject, mart in marts().items() if not mart.has(*mart.grain)] == []


def test_every_kpi_has_bounds():
    assert [kpi.kpi_id for kpi in kpis().values() if kpi.unit == "ratio" and kpi.bounds != (0, 1)] == sorted(
        thresholds.UNBOUNDED_RATIOS, key=list(kpis()).index
    )


def test_thresholds_name_only_kpis_that_are_defined():
    named = {
        *thresholds.SCORE_RANGES,
        *thresholds.UNBOUNDED_RATIOS,
        *thresholds.COUNTED_ONCE_PER_PERIOD,
        *thresholds.STATES_AT_PERIOD_END,
    }
    assert named - set(kpis()) == set()


def test_what_is_counted_again_is_a_column_of_a_kpi_and_of_a_fact():
    columns = {column for kpi in kpis().values() for column in kpi.columns}
    assert [one.column for one in RECONCILIATIONS if one.column not in columns] == []
    assert [one.column for one in RECONCILIATIONS if not marts()[one.fact].has(*one.needs)] == []


def test_converted_amounts_are_columns_of_their_marts():
    pairs = facts._CONVERTED_AMOUNTS
    assert [(subject, pair) for subject, listed in pairs.items() for pair in listed if not marts()[subject].has(*pair)] == []


def test_every_feed_has_the_rules_of_keys_ledger_rejects_and_volume():
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


def test_the_gate_has_the_rules_a_reader_relies_on():
    found = rules("outbound")
    assert ("core.fct_refunds", "refund_is_within_what_was_paid") in found
    assert ("satisfaction.kpi_satisfaction", "values_are_possible") in found
    assert ("satisfaction.kpi_satisfaction", "counts_reconcile_with_core") in found
    assert ("scoreboard.kpi_scoreboard", "every_kpi_is_present") in found


def test_the_page_of_expectations_lists_every_rule_with_its_severity():
    page = (PROJECT_ROOT / "docs" / "expectations.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(\w+)` \| (\w+) \|", page, re.MULTILINE))
    optional = {("rows_are_fresh", "warning"), ("moments_are_in_order", "warning")}
    found = {(name, rule.severity) for stage in ("inbound", "outbound") for (_, name), rule in rules(stage).items()}
    assert listed - optional == found - optional


def test_every_rule_says_in_a_sentence_what_has_to_hold():
    for stage in ("inbound", "outbound"):
        assert [key for key, rule in rules(stage).items() if not rule.meaning.endswith(".") or not rule.relations] == []
