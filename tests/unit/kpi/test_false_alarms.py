"""How often a day is called off on a shop where nothing happens, and how often one is found on which something did.

Made-up figures of every kind, each drawn anew every day around what its weekday is used to: whatever is called off is chance.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd
import pytest

from tests.support.compiled_models import CompiledProject, build_over, in_memory_warehouse
from tests.support.described_models import columns_of
from tests.unit.kpi.judged_days import LAST_DAY, tables

DAYS = 147
EACH = 150
WEEKDAYS = np.array([1.1, 1.0, 1.0, 1.0, 1.1, 0.7, 0.6])
UNITS = {"count": "count", "varied": "count", "share": "ratio", "time": "minutes", "mean": "score"}
# What happened on the last day to the first fifty of a kind.
PLANTED = {
    "count": "nothing came",
    "varied": "twice as many",
    "share": "half the share",
    "time": "three times as slow",
    "mean": "half a mark less",
}


def drawn(kind: str, generator: np.random.Generator) -> pd.DataFrame:
    level = generator.uniform(10, 300, (EACH, 1)) * np.tile(WEEKDAYS, DAYS // 7) * np.linspace(1, 1.1, DAYS)
    cases = generator.poisson(level)
    planted = np.zeros((EACH, DAYS), dtype=bool)
    planted[:50, -1] = True
    lower = upper = np.full((EACH, DAYS), np.nan)
    if kind == "count":
        value = np.where(planted, 0, cases).astype(float)
    elif kind == "varied":
        value = generator.poisson(level * generator.lognormal(0, 0.15, level.shape) * np.where(planted, 2, 1)).astype(float)
    elif kind == "share":
        cases = np.maximum(cases, 1)
        share = generator.uniform(0.3, 0.9, (EACH, 1)) * np.where(planted, 0.5, 1)
        value = generator.binomial(cases, share) / cases
        half = 1.96 / (1 + 1.96**2 / cases) * np.sqrt(value * (1 - value) / cases + 1.96**2 / 4 / cases**2)
        middle = (value + 1.96**2 / 2 / cases) / (1 + 1.96**2 / cases)
        lower, upper = middle - half, middle + half
    elif kind == "time":
        value = generator.lognormal(3, 0.25, level.shape) * np.where(planted, 3, 1)
    else:
        spread = 1 / np.sqrt(np.maximum(cases, 1))
        value = 4 - np.where(planted, 0.5, 0) + generator.normal(0, 1, level.shape) * spread
        lower, upper = value - 1.96 * spread, value + 1.96 * spread
    days = pd.date_range(end=LAST_DAY, periods=DAYS)
    return pd.DataFrame(
        {
            "kpi_id": np.repeat([f"{kind}{number:03}" for number in range(EACH)], DAYS),
            "period_start": np.tile(days, EACH),
            **{name: each.ravel() for name, each in {"value": value, "lower": lower, "upper": upper, "n": cases}.items()},
        }
    )


@pytest.fixture(scope="module")
def quiet(project: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    generator = np.random.default_rng(20251208)
    drawn_figures = pd.concat([drawn(kind, generator) for kind in UNITS], ignore_index=True)
    connection = in_memory_warehouse()
    connection.register("drawn", drawn_figures)
    board = {
        **dict.fromkeys(columns_of("kpi_scoreboard"), "null"),
        "period_grain": "'day'",
        "dimension": "'overall'",
    }
    board |= {"member": "'all'", "is_whole_period": "true", "kpi_id": "kpi_id", "period_start": "cast(period_start as date)"}
    board |= {"value": "value", "n": "n", "lower": "if(isnan(lower), null, lower)", "upper": "if(isnan(upper), null, upper)"}
    types = columns_of("kpi_scoreboard")
    selected = ", ".join(f"cast({told} as {types[name]}) as {name}" for name, told in board.items())
    units = " ".join(f"when '{kind}' then '{unit}'" for kind, unit in UNITS.items())
    definitions = f"""
        select distinct
            kpi_id, kpi_id as name_en, kpi_id as name_zh, case substring(kpi_id, 1, length(kpi_id) - 3) {units} end as unit,
            cast(null as text) as denominator, 'none' as good_direction, false as adds_up_over_members, 0 as settles_after_days,
            cast(null as double) as lowest, cast(null as double) as highest
        from drawn
    """
    given = {"scoreboard.kpi_scoreboard": f"select {selected} from drawn", "reference.kpi_definitions": definitions, **tables()}
    with build_over(connection, project, given, ["kpi_anomalies"]):
        yield connection


def test_false_alarms_are_as_rare_as_the_docs_say(quiet: duckdb.DuckDBPyConnection) -> None:
    judged, *per_thousand = quiet.execute(
        """
        select
            count(*),
            1000 * count(*) filter (where alert_level <> 'normal') / count(*),
            1000 * count(*) filter (where alert_level in ('warning', 'critical')) / count(*),
            1000 * count(*) filter (where alert_level = 'critical') / count(*)
        from forecast.kpi_anomalies
        where not (day_on = ? and substring(kpi_id, length(kpi_id) - 2) < '050')
        """,
        [LAST_DAY],
    ).fetchall()[0]
    assert judged == 750 * 91 - 250
    assert per_thousand == pytest.approx([1.0, 0.09, 0.0], abs=0.05)


@pytest.mark.parametrize(("kind", "found"), [("count", 1.0), ("varied", 0.5), ("share", 0.8), ("time", 0.74), ("mean", 0.62)])
def test_planted_days_are_found(quiet: duckdb.DuckDBPyConnection, kind: str, found: float) -> None:
    ((off, all_planted),) = quiet.execute(
        """
        select count(*) filter (where alert_level <> 'normal'), count(*)
        from forecast.kpi_anomalies
        where day_on = ? and kpi_id like ? and substring(kpi_id, length(kpi_id) - 2) < '050'
        """,
        [LAST_DAY, f"{kind}%"],
    ).fetchall()
    assert all_planted == 50
    assert off / all_planted == pytest.approx(found, abs=0.04), PLANTED[kind]
