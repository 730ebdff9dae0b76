"""Puts the report together: what the newest whole month says, family by family, and how far it may be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

from portal import findings
from portal.report.drawing import Point, course, trend
from portal.words import LANGUAGES, Words, texts_of
from reading import figures
from reading.contributions import Contribution, split_change
from reading.errors import LacksTable
from reading.kpis import Grain, KpiDefinition, KpiFigure, kpi_definitions, overall_figures
from reading.manifest import AlertEntry
from reading.marts import member_names
from reading.snapshot import OpenSnapshot

_GRAIN = Grain.MONTH
_COURSE = 12
_MOVERS = 4
_VERDICT_SIGNS = {"better": "✓", "worse": "!", "neither": ""}
_LABELS = {"ratio": "{} %", "points": "{} %"}

Told = Mapping[str, Sequence[KpiFigure]]


@dataclass(frozen=True)
class _Month:
    """What the report is of."""

    snapshot: OpenSnapshot
    words: Words
    definitions: Sequence[KpiDefinition]
    told: Told
    start: date

    @property
    def name(self) -> str:
        return figures.period(self.start, _GRAIN)

    def figure(self, kpi_id: str) -> KpiFigure | None:
        """The month's figure, where it has a value."""
        found = next((each for each in self.told.get(kpi_id, ()) if each.period_start == self.start), None)
        return found if found is not None and found.value is not None else None

    def course(self, kpi_id: str) -> list[KpiFigure]:
        """The months up to this one."""
        return [each for each in self.told.get(kpi_id, ()) if each.period_start <= self.start][-_COURSE:]


def report_of(snapshot: OpenSnapshot, *, language: str = "en") -> str:
    """The report of a snapshot as HTML, in both languages; ``language`` is the one that it opens in."""
    definitions = sorted(kpi_definitions(snapshot), key=lambda each: (each.headline_place is None, each.headline_place or 0, each.kpi_id))
    told = overall_figures(snapshot, grain=_GRAIN)
    names = member_names(snapshot)
    choices = "".join(
        f'<input class="choice" type="radio" name="language" id="in-{each}"{" checked" if each == language else ""}>' for each in LANGUAGES
    )
    labels = "".join(f'<label for="in-{each}" lang="{each}">{escape(name)}</label>' for each, name in LANGUAGES.items())
    pages = "".join(_page(snapshot, Words(each, texts_of(each), names), definitions, told) for each in LANGUAGES)
    title = texts_of(language)["interface"]["report_title"]
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        # Whatever stood in the data: nothing is run and nothing is fetched.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{Path(__file__).with_name('style.css').read_text(encoding='utf-8')}</style></head>"
        f'<body>{choices}<div class="languages">{labels}</div>{pages}</body></html>\n'
    )


def _page(snapshot: OpenSnapshot, words: Words, definitions: Sequence[KpiDefinition], told: Told) -> str:
    manifest = snapshot.manifest
    zone = ZoneInfo(manifest.business_time_zone)
    as_of = figures.NOTHING if manifest.as_of is None else f"{manifest.as_of.astimezone(zone):%Y-%m-%d %H:%M}"
    parts = [f"<h1>{escape(words('report_title'))}</h1>", _quiet(words("report_as_of", as_of=as_of, zone=zone.key))]
    start = _newest_month(told, definitions)
    if start is None:
        parts.append(f'<p class="lead">{escape(words("no_headlines"))}</p>')
    else:
        month = _Month(snapshot, words, definitions, told, start)
        parts += [*_headlines(month, manifest.alerts), *_families(month)]
    parts += _trust(snapshot, words, definitions)
    return f'<main lang="{words.language}">{"".join(parts)}</main>'


def _newest_month(told: Told, definitions: Sequence[KpiDefinition]) -> date | None:
    """The newest month that is whole for a headline, else the newest with a value."""
    headlines = [figure for each in definitions if each.headline_place is not None for figure in told.get(each.kpi_id, ())]
    known = [figure for figure in headlines if figure.value is not None]
    whole = [figure.period_start for figure in known if figure.is_whole and not figure.is_running]
    return max(whole or [figure.period_start for figure in known], default=None)


# The month at a glance ------------------------------------------------------------------------------------------------------


def _headlines(month: _Month, alerts: Sequence[AlertEntry]) -> Iterator[str]:
    words = month.words
    shown = [(each, figure) for each in month.definitions if each.headline_place is not None and (figure := month.figure(each.kpi_id))]
    targets = [figure.status for _, figure in shown if figure.status in {"on_target", "off_target"}]
    verdicts = [findings.verdict(figure, each) for each, figure in shown]
    counts = {"on": targets.count("on_target"), "better": verdicts.count("better"), "worse": verdicts.count("worse")}
    yield f"<h2>{escape(words('finding_overview', period=month.name, targets=len(targets), **counts))}</h2>"
    yield from _alerts(month, alerts)
    yield f'<div class="tiles">{"".join(_tile(month, each, figure) for each, figure in shown)}</div>'
    yield _quiet(words("tile_note"))


def _alerts(month: _Month, alerts: Sequence[AlertEntry]) -> Iterator[str]:
    words, names = month.words, {each.kpi_id: month.words.kpi(each) for each in month.definitions}
    if not alerts:
        yield _quiet(words("no_alerts"))
        return
    yield f'<div class="card"><h3>{escape(words("open_alerts", count=len(alerts)))}</h3><ul>'
    for alert in alerts:
        expected = f"{words.figure(alert.expected_low, alert.unit)} – {words.figure(alert.expected_high, alert.unit)}"
        name = names.get(alert.kpi_id, alert.name)
        told = words(
            "report_alert", kpi=name, value=words.figure(alert.value, alert.unit), expected=expected, since=alert.since.isoformat()
        )
        yield f"<li>{escape(told)}</li>"
    yield "</ul></div>"


def _tile(month: _Month, definition: KpiDefinition, figure: KpiFigure) -> str:
    words = month.words
    remarks: list[str] = []
    if figure.target is not None:
        status = f" ({words(figure.status)})" if figure.status in {"on_target", "off_target"} else ""
        remarks.append(words("target", value=words.figure(figure.target, definition.unit)) + status)
    if mark := _mark(figure):
        remarks.append(f"{mark} {words('kind_few' if figure.is_small_sample else 'kind_unfinished')}")
    points = _points(month, definition)
    return (
        f'<section class="card tile"><h3>{escape(words.kpi(definition))}</h3>'
        f'<div class="value">{escape(words.figure(figure.value, definition.unit))}</div>{_moved(words, definition, figure)}'
        f"{course(points, words('course_of', kpi=words.kpi(definition)))}<small>{escape(' · '.join(remarks))}</small></section>"
    )


def _moved(words: Words, definition: KpiDefinition, figure: KpiFigure) -> str:
    if figure.change is None:
        return f'<div class="neither">{escape(words("report_not_compared"))}</div>'
    verdict = findings.verdict(figure, definition)
    told = f"{words.change(figure.change, figure.change_kind)} {words(f'verdict_{verdict}')} {_VERDICT_SIGNS[verdict]}"
    return f'<div class="{verdict}">{escape(told.strip())}</div>'


def _points(month: _Month, definition: KpiDefinition) -> list[Point]:
    words = month.words
    return [
        Point(
            period=(period := figures.period(each.period_start, _GRAIN)),
            value=each.value,
            lower=each.lower,
            upper=each.upper,
            target=each.target,
            told=f"{period}: {words.figure(each.value, definition.unit)}, n = {figures.count(each.n)}",
            mark=_mark(each),
        )
        for each in month.course(definition.kpi_id)
    ]


def _mark(figure: KpiFigure) -> str:
    return "◆" if figure.is_small_sample else "▲" if figure.is_running or figure.is_whole is False else ""


# Family by family -----------------------------------------------------------------------------------------------------------


def _families(month: _Month) -> Iterator[str]:
    words = month.words
    for family in dict.fromkeys(each.family for each in month.definitions):
        shown = [(each, figure) for each in month.definitions if each.family == family and (figure := month.figure(each.kpi_id))]
        if not shown:
            continue
        lead, figure = shown[0]
        finding = findings.of_trend(figure, lead, words, _GRAIN)
        drawn = trend(_points(month, lead), finding, label=_LABELS.get(lead.unit, "{}"), from_zero=lead.unit in {"count", "amount"})
        yield f'<h2>{escape(words.name("families", family))}</h2><div class="family">'
        yield f'<section class="card"><h3>{escape(finding)}</h3>{_quiet(words.formula(lead))}{drawn}</section>'
        yield f'<section class="card">{"".join(_movers(month, lead))}</section>'
        yield f'<section class="card wide scroll">{_table(month, shown)}</section></div>'


def _movers(month: _Month, definition: KpiDefinition) -> Iterator[str]:
    """Of each dimension the member that did most to the change, the most first."""
    words = month.words
    yield f"<h3>{escape(words('report_movers'))}</h3>"
    try:
        split = split_change(month.snapshot, definition.kpi_id, grain=_GRAIN, dimension=None, on=month.start)
    except LacksTable:
        split = None
    if split is None:
        yield _quiet(words("report_no_movers"))
        return
    first: list[tuple[str, Contribution]] = [(dimension, parts[0]) for dimension, parts in split.parts.items() if len(parts) > 1]
    first.sort(key=lambda pair: -abs(pair[1].contribution))
    yield "<ul>"
    for dimension, part in first[:_MOVERS]:
        member = f"{words.name('dimensions', dimension)} {words.member(dimension, part.member)}"
        moved = words.difference(part.contribution, definition.unit)
        yield f"<li>{escape(words('report_mover', member=member, moved=moved))}</li>"
    yield f"</ul>{_quiet(words('report_movers_note', change=words.difference(split.change, definition.unit)))}"


def _table(month: _Month, shown: Sequence[tuple[KpiDefinition, KpiFigure]]) -> str:
    words = month.words
    heads = [words("kpi"), month.name, words("report_change"), words("report_target"), words("column_interval"), words("column_cases")]
    head = "".join(f"<th{' class=less' if place > 3 else ''}>{escape(each)}</th>" for place, each in enumerate(heads))
    rows = "".join(
        f'<tr><td title="{escape(words.formula(each))}">{escape(words.kpi(each))}</td>'
        f"<td>{escape(words.figure(figure.value, each.unit))} {_mark(figure)}</td>"
        f'<td class="{findings.verdict(figure, each)}">{escape(words.change(figure.change, figure.change_kind))}</td>'
        f"<td>{escape(words.figure(figure.target, each.unit))}</td>"
        f"<td class=less>{escape(words.interval(figure.lower, figure.upper, each.unit))}</td>"
        f"<td class=less>{figures.count(figure.n)}</td></tr>"
        for each, figure in shown
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


# How far it may be trusted --------------------------------------------------------------------------------------------------


def _trust(snapshot: OpenSnapshot, words: Words, definitions: Sequence[KpiDefinition]) -> Iterator[str]:
    manifest = snapshot.manifest
    yield f"<h2>{escape(words('page_data-quality'))}</h2>"
    yield f"<p>{escape(words('report_checks', passed=f'{manifest.checks.passed:,}', warnings=manifest.checks.warnings))}</p>"
    empty = [each for each in definitions if each.why_empty]
    if empty:
        rows = "".join(f"<tr><td>{escape(words.kpi(each))}</td><td>{escape(words.said(each.why_empty or ''))}</td></tr>" for each in empty)
        summary = escape(words("report_empty", count=len(empty)))
        yield f'<details class="card words"><summary>{summary}</summary><table>{rows}</table></details>'
    published = f"{manifest.created_at.astimezone(ZoneInfo(manifest.business_time_zone)):%Y-%m-%d %H:%M}"
    yield _quiet(words("report_foot", version=manifest.version, published=published))


def _quiet(text: str) -> str:
    return f'<p class="quiet">{escape(text)}</p>'
