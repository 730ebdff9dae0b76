"""The same simulated shop, told by other systems' files, comes to the same figures: what a dress can carry equals the contract's.

What a dress cannot carry, and why, is the table of ``docs/simulator.md``; it names neither too much nor too little.
"""

import csv
import json
import re
from collections import Counter, defaultdict
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
    return dressed(tmp_path_factory.mktemp("dressed"), _as_of(small_home / "home"))


def _as_of(home: Path) -> str:
    manifest = json.loads((home / "published" / "current" / "manifest.json").read_text(encoding="utf-8"))
    return str(manifest["as_of"])


def _not_carried(heading: str = "### What a dress cannot carry") -> Mapping[str, set[str]]:
    """By dress what the page names under a heading: the KPIs that it does not carry, or the dimensions."""
    page = (PROJECT_ROOT / "docs" / "simulator.md").read_text(encoding="utf-8").partition(f"{heading}\n")[2]
    found: dict[str, set[str]] = {dress: set() for dress in SHOPS}
    for dress, names in re.findall(r"^\| `(\S+)` \| (`[^|]+`) \| [^|]+ \|$", re.split("^#", page, maxsplit=1, flags=re.M)[0], re.M):
        found[dress] |= set(re.findall(r"`(\w+)`", names))
    return found


def _members(home: Path, shop: str, measures: set[str]) -> dict[str, Counter[tuple[object, ...]]]:
    """By dimension what each measure comes to, by member and month, from the rows behind it. People and merchants have other names."""
    cells: dict[str, Counter[tuple[object, ...]]] = defaultdict(Counter)
    as_of = _as_of(home).replace("T", " ").removesuffix("Z")
    with published(home) as marts:
        columns = "measure, fact_schema || '.' || fact_table, day_column, members, row_condition, added, counted_key"
        listed: defaultdict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
        for name, *facts, added, key in marts.execute(f"select {columns} from scoreboard.kpi_measures").fetchall():
            if name in measures:
                # Of what is told apart by a key the sum says no more than the number of keys.
                told = (
                    f"count(distinct case when {added} is not null then facts.{key} end)"
                    if key
                    else f"sum(cast({added} as decimal(38, 6)))"
                )
                listed[tuple(facts)].append((name, told.replace("{as_of}", as_of)))
        for (table, day, members, condition), of_facts in listed.items():
            for dimension, member in (each.split(":") for each in members.split(",")):
                if dimension in ("shop", "source_system"):
                    continue
                for told_of, month, *values in marts.execute(
                    f"select cast(facts.{member} as varchar), date_trunc('month', facts.{day}), {', '.join(told for _, told in of_facts)} "
                    f"from {table} as facts where facts.shop = ? and ({condition}) and facts.{member} is not null "
                    f"and facts.{day} is not null group by all",
                    [shop],
                ).fetchall():
                    who = None if dimension in ("agent", "merchant") else told_of
                    cells[dimension].update((name, who, month, value) for (name, _), value in zip(of_facts, values, strict=True) if value)
    return cells


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


@pytest.mark.parametrize("dress", SHOPS)
def test_every_dimension_that_a_dress_can_carry_splits_as_the_contract(dress: str, small_home: Path, dressed_home: Path) -> None:
    with (PROJECT_ROOT / "seeds" / "reference" / "kpi_definitions.csv").open(encoding="utf-8", newline="") as file:
        definitions = list(csv.DictReader(file))
    with published(small_home / "home") as marts:
        told = {kpi for (kpi,) in marts.execute("select kpi_id from scoreboard.kpi_scoreboard where value is not null").fetchall()}
    carried = [line for line in definitions if line["kpi_id"] in told - _not_carried()[dress]]
    measures = {line[side] for line in carried for side in ("numerator", "denominator")}
    contract = _members(small_home / "home", "contract", measures)
    dressed = _members(dressed_home, "three_systems" if len(SHOPS[dress]) > 1 else dress, measures)

    named = _not_carried("#### By dimension")[dress]
    differing = {each: contract[each] - dressed[each] + (dressed[each] - contract[each]) for each in contract}
    assert {each: list(cells)[:5] for each, cells in differing.items() if cells and each not in named} == {}
    assert named == {each for each, cells in differing.items() if cells}
    # How many cells there are grows with the measures; none would be no comparison.
    assert sum(sum(cells.values()) for each, cells in contract.items() if each not in named) > 100
