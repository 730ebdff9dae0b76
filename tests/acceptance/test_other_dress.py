"""The same simulated shop, told by other systems' files, comes to the same figures: what a dress can carry equals the contract's.

What a dress cannot carry, and why, is the table of ``docs/simulator.md``; it names neither too much nor too little.
"""

import csv
import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from shop_simulator import simulate
from tests.support.warehouse import PROJECT_ROOT, aftersales, copied_project, published

# The shop of ``small_home``.
SHAPE: dict[str, Any] = {"orders": 300, "days": 10, "until": date(2025, 11, 15), "seed": 3}
# What the dresses are switched on with: each is a shop of its own.
SHOPS = {"zendesk+shopify+survey": ["zendesk", "shopify", "survey_sheet"], "taobao": ["taobao"], "gorgias": ["gorgias"]}
VARIABLES = {
    "source_systems": [source for sources in SHOPS.values() for source in sources],
    "shops": {"three_systems": SHOPS["zendesk+shopify+survey"]},
    "zendesk": {
        "orders_of": "shopify",
        "fields": {
            "order": "custom_order_number", "product": "custom_sku", "merchant": "custom_vendor", "contact_reason": "custom_contact_reason",
            "resolution_code": "custom_resolution", "handling_seconds": "custom_total_time_spent_sec",
        },
        "user_fields": {"region": "custom_region", "customer_tier": "custom_tier"},
        "bot_roles": ["1"], "partner_roles": ["2"], "escalation_groups": ["360000000099"],
    },
    "survey_sheet": {"tickets_of": "zendesk", "orders_of": "shopify"},
}  # fmt: skip
# What the contract's tickets are promised, and when its people work, is a matter of seeds by source.
SEEDS_BY_SOURCE = ("calendar_assignments.csv", "sla_policies.csv")

Cell = tuple[str, str, date]
Figure = tuple[Any, ...]

pytestmark = pytest.mark.timeout(1800)


def _promise_the_same(project: Path) -> None:
    for name in SEEDS_BY_SOURCE:
        path = project / "seeds" / "reference" / name
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = list(csv.reader(file))
        place = header.index("source_system")
        for source in ("zendesk", "gorgias"):
            for row in [row for row in rows if row[place] == "contract"]:
                other = [source if at == place else value for at, value in enumerate(row)]
                rows.append([f"{source}_{value}" if header[at] == "policy_id" else value for at, value in enumerate(other)])
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([header, *rows])


def _figures(home: Path, shop: str) -> dict[Cell, Figure]:
    with published(home) as marts:
        rows = marts.execute(
            "select kpi_id, period_grain, period_start, value, numerator, denominator, n from scoreboard.kpi_scoreboard "
            "where dimension = 'shop' and member = ? and value is not null",
            [shop],
        ).fetchall()
    return {(kpi, grain, start): tuple(figure) for kpi, grain, start, *figure in rows}


def dressed(project: Path, as_of: str) -> Path:
    """A home refreshed from the shop in every dress, by a project of its own."""
    copied_project(project)
    for dress in SHOPS:
        simulate(project / "worn" / dress, **SHAPE, dress=dress)
        for folder in (project / "worn" / dress).iterdir():
            if folder.is_dir():
                (project / "landing").mkdir(exist_ok=True)
                folder.rename(project / "landing" / folder.name)
    file = project / "dbt_project.yml"
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    settings["vars"] |= VARIABLES
    file.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    _promise_the_same(project)
    arguments = ("refresh", "--home", project / "home", "--landing", project / "landing", "--as-of", as_of)
    finished = aftersales(*arguments, project=project)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return project / "home"


@pytest.fixture(scope="module")
def dressed_home(tmp_path_factory: pytest.TempPathFactory, small_home: Path) -> Path:
    """The dresses, speaking of the moment that the contract's marts speak of."""
    manifest = json.loads((small_home / "home" / "published" / "current" / "manifest.json").read_text(encoding="utf-8"))
    return dressed(tmp_path_factory.mktemp("dressed"), manifest["as_of"])


def _not_carried() -> Mapping[str, set[str]]:
    """By dress the KPIs that the page names as not carried."""
    page = (PROJECT_ROOT / "docs" / "simulator.md").read_text(encoding="utf-8")
    found: dict[str, set[str]] = {dress: set() for dress in SHOPS}
    for dress, kpis in re.findall(
        r"^\| `(\S+)` \| (`[^|]+`) \| [^|]+ \|$", page.partition("### What a dress cannot carry")[2], re.MULTILINE
    ):
        found[dress] |= set(re.findall(r"`(\w+)`", kpis))
    return found


@pytest.mark.parametrize("dress", SHOPS)
def test_every_kpi_that_a_dress_can_carry_equals_the_contracts(dress: str, small_home: Path, dressed_home: Path) -> None:
    contract = _figures(small_home / "home", "contract")
    dressed = _figures(dressed_home, "three_systems" if len(SHOPS[dress]) > 1 else dress)
    told, named = {kpi for kpi, _, _ in contract}, _not_carried()[dress]
    differing = {cell[0] for cell in contract.keys() | dressed.keys() if contract.get(cell) != dressed.get(cell)}

    assert len(told) > 100
    unexplained = {
        cell: (contract.get(cell), dressed.get(cell)) for cell in contract.keys() | dressed.keys() if cell[0] in differing - named
    }
    assert {cell: both for cell, both in unexplained.items() if both[0] != both[1]} == {}
    assert named & told == differing & told
