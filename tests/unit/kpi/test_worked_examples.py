"""The reader of the worked examples in the docs: what it understands, and what it refuses to pass over."""

from pathlib import Path

import pytest

from tests.unit.kpi import worked_examples
from tests.unit.kpi.worked_examples import KpiExample, MartExample, kpi_examples, mart_examples

DOCS = """
| KPI | formula | figures | worked example |
| --- | --- | --- | --- |
| rate | a ÷ b | 2025-03: 5/7; 2025-04: 0/0 | five of seven |
| weighted | a ÷ b | 2025-03: 1.5/5 of 3 | three cases |
| count | a | 2025-03: 7 | seven |
| sum | a | 2025-03: 99.5 over 3 | of three amounts |
| median | | 2025-03: 26.8 of 3; 2025-04: null of 0 | |

| mart | row | figures | worked example |
| --- | --- | --- | --- |
| kpi_mart | dimension agent, member office:bob | share 2/8, change -30, last null | |
| kpi_mart | | share 1 | of the whole month |
"""


@pytest.fixture
def docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "models" / "marts" / "trial" / "_trial__docs.md"
    path.parent.mkdir(parents=True)
    path.write_text(DOCS, encoding="utf-8")
    monkeypatch.setattr(worked_examples, "PROJECT_ROOT", tmp_path)
    return path


def test_figures_are_read_as_parts_counts_and_quantiles(docs: Path) -> None:
    assert kpi_examples("trial") == [
        KpiExample("rate", "2025-03-01", 5 / 7, 5, 7, 7),
        KpiExample("rate", "2025-04-01", None, 0, 0, 0),
        KpiExample("weighted", "2025-03-01", 0.3, 1.5, 5, 3),
        KpiExample("count", "2025-03-01", 7, 7, None, 7),
        KpiExample("sum", "2025-03-01", 99.5, 99.5, None, 3),
        KpiExample("median", "2025-03-01", 26.8, None, None, 3),
        KpiExample("median", "2025-04-01", None, None, None, 0),
    ]
    assert mart_examples("trial") == [
        MartExample("kpi_mart", {"dimension": "agent", "member": "office:bob"}, {"share": 0.25, "change": -30, "last": None}),
        MartExample("kpi_mart", {}, {"share": 1}),
    ]


@pytest.mark.parametrize(
    ("there", "instead", "reason"),
    [
        ("| 2025-03: 7 |", "| |", "count has no figures"),
        ("| KPI | formula | figures |", "| KPI | formula | numbers |", "no table with the columns KPI"),
    ],
)
def test_a_row_without_figures_and_docs_without_a_table_are_refused(docs: Path, there: str, instead: str, reason: str) -> None:
    docs.write_text(DOCS.replace(there, instead), encoding="utf-8")
    with pytest.raises(ValueError, match=reason):
        kpi_examples("trial")


def test_a_claim_that_is_no_name_and_value_is_refused(docs: Path) -> None:
    docs.write_text(DOCS.replace("change -30", "less than before"), encoding="utf-8")
    with pytest.raises(ValueError, match="Invalid literal"):
        mart_examples("trial")
