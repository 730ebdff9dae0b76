"""Writes the MetricFlow project beside this file from what a snapshot declares of its measures and KPIs. Names none of them.

``python metrics/generate.py var/published`` after a KPI or a measure has changed; a test compares what is here with what would be written.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reading.snapshot import OpenSnapshot, opened_snapshot

FOLDER = Path(__file__).parent / "models"

_TIME = "counted_on"
_QUANTILES = {"_median": 0.5, "_p90": 0.9}
# The moment of the newest refresh that was checked is that of the snapshot.
_AS_OF = "(select max_by(checks.as_of, checks.checked_at) from quality.check_results as checks)"
_HEAD = "# Written by metrics/generate.py from the declarations of measures and KPIs. Change those, then: make generate\n"


@dataclass(frozen=True)
class Measure:
    """A row of ``kpi_measures``."""

    name: str
    schema: str
    table: str
    day: str
    members: str
    condition: str
    added: str
    counted_key: str
    latest_by: str
    is_state: bool

    @property
    def model(self) -> tuple[str, str, str, str]:
        """What measures share that are of one semantic model."""
        return self.schema, self.table, self.day, self.members


@dataclass(frozen=True)
class Kpi:
    """What ``kpi_coverage`` says of a KPI, but for what depends on the data."""

    kpi_id: str
    label: str
    numerator: str
    denominator: str | None
    divisor: int
    scale: int
    formula: str


def project_files(snapshot: OpenSnapshot) -> dict[str, str]:
    """Every generated file by its name in ``models``."""
    measures = [Measure(*row) for row in _rows(snapshot, _MEASURES)]
    kpis = [Kpi(*row) for row in _rows(snapshot, _KPIS)]
    known = {measure.name for measure in measures}
    told = {measure.name: measure for measure in measures if _is_of_single_rows(measure)}
    covered = [kpi for kpi in kpis if kpi.numerator in told and (kpi.denominator is None or kpi.denominator in told)]
    used = {name for kpi in covered for name in (kpi.numerator, kpi.denominator) if name is not None}
    models: dict[tuple[str, str, str, str], list[Measure]] = {}
    for name in sorted(used):
        models.setdefault(told[name].model, []).append(told[name])
    quantiles = {kpi.numerator: quantile for kpi in covered if (quantile := _quantile(kpi, known)) is not None}
    return {
        "semantic_models.yml": _HEAD + "semantic_models:\n" + "".join(_semantic_models(models, quantiles)),
        "metrics.yml": _HEAD + "metrics:\n" + "".join([*_measure_metrics(used), *map(_kpi_metric, covered)]),
        **{f"{table}.sql": _stub(schema) for schema, table, _, _ in models},
        "dim_date.sql": _stub("core"),
        "time_spine.yml": _HEAD + _TIME_SPINE,
    }


def _is_of_single_rows(measure: Measure) -> bool:
    """Whether what a row adds is known from the row alone: not of a state, a key's latest row or what is looked up."""
    expression = f"{measure.condition} {measure.added}"
    return not (measure.is_state or measure.latest_by or any("facts." in query for query in _subqueries(expression)))


def _subqueries(expression: str) -> Iterator[str]:
    for begun in re.finditer(r"\(select ", expression):
        depth = 0
        for place in range(begun.start(), len(expression)):
            depth += {"(": 1, ")": -1}.get(expression[place], 0)
            if depth == 0:
                yield expression[begun.start() : place]
                break


def _quantile(kpi: Kpi, known: set[str]) -> float | None:
    """Of which quantile a measure is: it is named for it and for the sum that it is a quantile of."""
    if kpi.denominator is not None:
        return None
    return next(
        (share for end, share in _QUANTILES.items() if kpi.numerator.endswith(end) and kpi.numerator.removesuffix(end) in known), None
    )


def _semantic_models(models: Mapping[tuple[str, str, str, str], Sequence[Measure]], quantiles: Mapping[str, float]) -> Iterator[str]:
    """A dimension is an entity: figures of several facts are grouped by the same one, which a dimension of MetricFlow's does not allow."""
    names: set[str] = set()
    for (_, table, day, members), measures in models.items():
        name = f"{table}_by_{day}"
        name = name if name not in names else f"{name}_{len(names)}"
        names.add(name)
        yield f"  - name: {name}\n    model: ref('{table}')\n    primary_entity: {name}_row\n"
        yield f"    defaults: {{agg_time_dimension: {_TIME}}}\n    dimensions:\n"
        yield f"      - {{name: {_TIME}, type: time, expr: {day}, type_params: {{time_granularity: day}}}}\n    entities:\n"
        for dimension, column in (pair.split(":") for pair in members.split(",")):
            expression = _text(f"coalesce(cast({column} as varchar), 'unknown')")
            yield f"      - {{name: {dimension}, type: foreign, expr: {expression}}}\n"
        yield "    measures:\n"
        for measure in measures:
            quantile = quantiles.get(measure.name)
            expression = _expression(measure) if quantile is None else f"cast({_expression(measure)} as double)"
            yield f"      - name: {measure.name}\n        expr: {_text(expression)}\n{_aggregation(measure, quantile)}"


def _expression(measure: Measure) -> str:
    added = measure.added.replace("'{as_of}'", _AS_OF)
    counted = f"case when {added} is not null then facts.{measure.counted_key} end" if measure.counted_key else added
    # Rows without a day are in no period.
    condition = f"facts.{measure.day} is not null" + ("" if measure.condition == "true" else f" and ({measure.condition})")
    said = f"case when {condition} then {counted} end"
    return re.sub(r"\bfacts\.", "", said)


def _aggregation(measure: Measure, quantile: float | None) -> str:
    if quantile is not None:
        return f"        agg: percentile\n        agg_params: {{percentile: {quantile}, use_discrete_percentile: false}}\n"
    return f"        agg: {'count_distinct' if measure.counted_key else 'sum'}\n"


def _measure_metrics(used: set[str]) -> Iterator[str]:
    for name in sorted(used):
        yield f"  - name: measure_{name}\n    label: {name}\n    type: simple\n    type_params: {{measure: {name}}}\n"


def _kpi_metric(kpi: Kpi) -> str:
    numerator = f"{_times(kpi.scale)}cast(measure_{kpi.numerator} as double){_over(kpi.divisor)}"
    expression = numerator if kpi.denominator is None else f"{numerator} / nullif(cast(measure_{kpi.denominator} as double), 0)"
    metrics = ", ".join(dict.fromkeys(f"measure_{name}" for name in (kpi.numerator, kpi.denominator) if name is not None))
    return (
        f"  - name: {kpi.kpi_id}\n    label: {_text(kpi.label)}\n    description: {_text(kpi.formula)}\n    type: derived\n"
        f"    type_params: {{expr: {_text(expression)}, metrics: [{metrics}]}}\n"
    )


def _times(scale: int) -> str:
    return "" if scale == 1 else f"{scale} * "


def _over(divisor: int) -> str:
    return "" if divisor == 1 else f" / {divisor}"


def _stub(schema: str) -> str:
    return f"{{{{ config(schema='{schema}') }}}}\n-- Published; never built from here.\nselect 1 as stub\n"


def _text(text: str) -> str:
    """A text as YAML reads it: JSON is YAML."""
    return json.dumps(text, ensure_ascii=False)


def _rows(snapshot: OpenSnapshot, query: str) -> list[tuple[object, ...]]:
    return snapshot.connection.execute(query).fetchall()


_MEASURES = """
    select measure, fact_schema, fact_table, day_column, members, row_condition, added, counted_key, latest_by, is_state
    from scoreboard.kpi_measures order by measure
"""
_KPIS = """
    select kpi_id, kpi_name_en || ' (' || kpi_name_zh || ')', numerator, denominator, divisor, scale, formula_en
    from scoreboard.kpi_coverage order by kpi_id
"""
_TIME_SPINE = """models:
  - name: dim_date
    time_spine: {standard_granularity_column: day_on}
    columns:
      - {name: day_on, granularity: day}
"""


def main() -> None:
    """Write the files, and remove those that are no longer written."""
    with opened_snapshot(Path(sys.argv[1])) as snapshot:
        files = project_files(snapshot)
    FOLDER.mkdir(exist_ok=True)
    for file in FOLDER.iterdir():
        if file.name not in files:
            file.unlink()
    for name, text in files.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
