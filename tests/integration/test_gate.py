"""A bad mart never reaches the readers: the gate stops it, names it, and the last good snapshot stays."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.warehouse import aftersales, copied_project


@dataclass(frozen=True)
class Fault:
    """What is done to a mart right after it was built, and what the message must name."""

    schema: str
    model: str
    statement: str
    rule: str
    named: str = ""

    @property
    def subject(self) -> str:
        """What the message names: the mart, where it is nothing else."""
        return self.named or f"{self.schema}.{self.model}"


ONE_FIGURE = "kpi_id = 'csat_rate' and period_grain = 'year' and dimension = 'overall'"
RATE_OF_1_2 = Fault("satisfaction", "kpi_satisfaction", f"update {{{{ this }}}} set value = 1.2 where {ONE_FIGURE}", "values_are_possible")
# Of a mart that is not made of what another fault here stops.
DUPLICATED_GRAIN = Fault(
    "satisfaction",
    "kpi_csat_distribution",
    "insert into {{ this }} select * from {{ this }} where period_grain = 'year' and dimension = 'overall'",
    "kpi_csat_distribution_has_one_row_a_cell_and_score",
)
REFUND_ABOVE_PAYMENT = Fault(
    "core",
    "fct_refunds",
    "update {{ this }} set refund_amount = refund_amount + 1000000, is_excess = true "
    "where refund_key = (select min(refund_key) from {{ this }} where order_key is not null)",
    "refund_never_exceeds_payment",
)
LOST_ROW = Fault(
    "core",
    "fct_service_costs",
    "delete from {{ this }} where cost_key = (select min(cost_key) from {{ this }})",
    "united_rows_are_in_their_mart_or_named",
    named="quality.row_accounting",
)


BY_TEST: Mapping[str, tuple[Fault, ...]] = {"of the suites": (RATE_OF_1_2, LOST_ROW), "of dbt": (DUPLICATED_GRAIN, REFUND_ABOVE_PAYMENT)}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which marts are tampered with after they are built, as the environment says."""
    folder = copied_project(tmp_path_factory.mktemp("gate") / "project")
    for checks, faults in BY_TEST.items():
        for fault in faults:
            model = folder / "models" / "marts" / fault.schema / f"{fault.model}.sql"
            hook = f"{{% if env_var('SPOILT') == '{checks}' %}}{fault.statement}{{% endif %}}"
            model.write_text(f'{{{{ config(post_hook="{hook}") }}}}\n' + model.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


@pytest.mark.parametrize("checks", BY_TEST)
def test_what_breaks_a_rule_is_named_and_stops_publishing(small_home: Path, project: Path, checks: str, tmp_path: Path) -> None:
    home, parsed = tmp_path / "home", project / "parsed"
    shutil.copytree(small_home / "home", home, symlinks=True)
    if parsed.exists():
        shutil.copytree(parsed, home / "dbt", dirs_exist_ok=True)
    before = (home / "published" / "current").readlink()

    finished = aftersales(
        *("refresh", "--home", home, "--landing", small_home / "landing"), project=project, environment={"SPOILT": checks}
    )

    shutil.copytree(home / "dbt", parsed, dirs_exist_ok=True)
    output = finished.stdout + finished.stderr
    assert finished.returncode == 1, output
    assert (home / "published" / "current").readlink() == before
    # As one reads it: without where lines break.
    words = re.sub(r"\s+", " ", output)
    for fault in BY_TEST[checks]:
        complaint = rf"critical {re.escape(fault.subject)} {re.escape(fault.rule)} [\d,]+ (rows?|of [\d,]+ (rows|entities))\. "
        assert re.search(complaint, words), f"{fault}\n{output}"
