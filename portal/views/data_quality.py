"""Can the figures be trusted: where every row went, what was checked, how fresh each feed is, what was rejected and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from portal import charts, parts
from portal.frames import titles
from portal.visit import Visit
from reading import refreshes
from reading.snapshot import OpenSnapshot

_STAGES = ("load", "staging", "intermediate", "core")
_MOST_RUNS, _MOST_REASONS, _MOST_FILES, _MOST_BARS, _LEAST_RUNS = 30, 200, 50, 12, 2


def show(visit: Visit) -> None:
    """Write the page."""
    words, snapshot = visit.words, visit.snapshot
    parts.heading(words("page_data-quality"))
    if snapshot.has_table(*refreshes.ROW_ACCOUNTING):
        _accounting(visit)
    if snapshot.has_table(*refreshes.CHECKS):
        _checks(visit)
    if snapshot.has_table(*refreshes.LEDGER):
        _freshness(visit)
    if snapshot.has_table(*refreshes.REJECTED_ROWS):
        _rejects(visit, snapshot)


def _accounting(visit: Visit) -> None:
    words = visit.words
    stages = refreshes.newest_accounting(visit.snapshot.connection)
    stages = sorted(stages, key=lambda each: (each.source_system, each.entity, _STAGES.index(each.stage) if each.stage in _STAGES else -1))
    off = sum(not stage.is_balanced for stage in stages)
    title = words("accounting_off", count=off) if off else words("accounting_balanced", count=len(stages))
    columns = [
        "stage",
        "source_system",
        "entity",
        "rows_in",
        "left_out",
        "rows_left_out",
        "rows_out",
        "rows_doubled",
        "difference",
        "is_balanced",
    ]
    frame = pd.DataFrame([{column: getattr(stage, column) for column in columns} for stage in stages], columns=columns)
    frame["stage"] = [words.name("members", str(each)) for each in frame["stage"]]
    wide = {"left_out": st.column_config.TextColumn(words.name("columns", "left_out"), width="medium")}
    parts.table(frame, "row_accounting", words, title=title, columns=wide)


def _checks(visit: Visit) -> None:
    words, snapshot = visit.words, visit.snapshot
    failed = refreshes.failed_checks(snapshot)
    passed = snapshot.manifest.checks.passed
    title = words("checks_failed", count=len(failed), passed=f"{passed:,}") if failed else words("checks_passed", passed=f"{passed:,}")
    st.header(title, anchor=False)
    mart = visit.mart("check_results")
    if mart is None:
        return
    checks = visit.rows(mart, 20_000, run_id=snapshot.manifest.run_id).records
    counted = Counter((check["stage"], check["severity"], check["status"]) for check in checks)
    frame = pd.DataFrame([(*of, count) for of, count in sorted(counted.items())], columns=["stage", "severity", "status", "check_count"])
    for column in ("stage", "severity", "status"):
        frame[column] = [words.name("members", str(each)) for each in frame[column]]
    parts.table(frame, "checks_by_stage", words, alt=title)
    if failed:
        columns = ["severity", "stage", "subject", "rule", "status", "rows_checked", "rows_failed", "message"]
        parts.table(pd.DataFrame([{column: getattr(check, column) for column in columns} for check in failed]), "failed_checks", words)
    runs = refreshes.latest_runs(snapshot, _MOST_RUNS)
    _over_time(visit, runs)
    columns = ["ended_at", "as_of", "checks_passed", "warnings", "critical", "loaded_files", "refused_files", "rows_read", "rows_rejected"]
    frame = pd.DataFrame([{column: getattr(run, column) for column in columns} for run in runs], columns=columns)
    parts.table(frame, "runs", words, title=words("runs_title", count=len(runs)))


def _over_time(visit: Visit, runs: Sequence[refreshes.PastRun]) -> None:
    words, kinds = visit.words, {"critical": visit.words("critical"), "warnings": visit.words("warnings")}
    told = [
        {"period": f"{run.ended_at:%Y-%m-%d %H:%M}", "kind": kinds[kind], "value": getattr(run, kind), "shown": str(getattr(run, kind))}
        for run in reversed(runs)
        for kind in kinds
    ]
    title = words("runs_chart", count=runs[0].critical + runs[0].warnings, runs=len(runs))
    if len(runs) < _LEAST_RUNS:
        return
    if not any(row["value"] for row in told):
        st.caption(words("runs_clean", runs=len(runs)))
        return
    drawn = charts.stacks(told, titles=titles(words, words("runs_axis")), names=list(kinds.values()), colours=parts.colours())
    parts.chart(title, drawn, pd.DataFrame([vars(run) for run in runs]), "checks_over_time", words)


def _freshness(visit: Visit) -> None:
    words = visit.words
    feeds = refreshes.feed_freshness(visit.snapshot)
    columns = ["source_system", "feed", "last_loaded_at", "loaded_files", "refused_files", "rows_accepted", "rows_rejected"]
    frame = pd.DataFrame([{column: getattr(feed, column) for column in columns} for feed in feeds], columns=columns)
    stale = min((feed.last_loaded_at for feed in feeds if feed.last_loaded_at is not None), default=None)
    title = words("feeds_title", count=len(feeds), oldest="–" if stale is None else f"{stale:%Y-%m-%d %H:%M}")
    parts.table(frame, "feeds", words, title=title)
    refused = refreshes.refused_files(visit.snapshot, _MOST_FILES)
    if refused:
        columns = ["met_at", "source_system", "feed", "file_name", "reason"]
        frame = pd.DataFrame([{column: getattr(file, column) for column in columns} for file in refused])
        parts.table(frame, "refused_files", words, title=words("refused_title", count=len(refused)))


def _rejects(visit: Visit, snapshot: OpenSnapshot) -> None:
    words = visit.words
    rejected = refreshes.rejected_rows(snapshot, _MOST_REASONS)
    count = sum(each.row_count for each in rejected)
    columns = ["source_system", "feed", "column_name", "reason", "row_count"]
    frame = pd.DataFrame([{column: getattr(each, column) for column in columns} for each in rejected], columns=columns)
    title = words("rejects_title", count=f"{count:,}", reasons=len(rejected)) if rejected else words("no_rejects")
    if not rejected:
        st.header(title, anchor=False)
        return
    reasons = Counter[str]()
    for each in rejected:
        reasons[each.reason] += each.row_count
    drawn = [{"name": reason, "value": number, "shown": f"{number:,}"} for reason, number in reasons.most_common(_MOST_BARS)]
    chart = charts.bars(drawn, titles=titles(words, words("rejects_chart")), colours=parts.colours())
    parts.chart(title, chart, pd.DataFrame(reasons.most_common(), columns=["reason", "row_count"]), "rejects_by_reason", words)
    parts.table(frame, "rejected_rows", words, alt=title)
