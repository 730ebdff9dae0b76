"""A home with a published snapshot made by hand: three months of two KPIs, a ledger, rejects and checks. No Dagster, no dbt."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from command_line.app import build_app
from orchestration.connections import connected
from orchestration.home import Home
from orchestration.publishing.customer_key import CustomerKey
from tests.support.publishing import publish_snapshot

Run = Callable[..., Result]

TABLES = {
    "scoreboard.kpi_scoreboard": """
        select
            kpi_id, names.kpi_name_en, period_grain, period_start, dimension, member,
            names.unit, names.change_kind, status, n < 30 as is_small_sample, period_start = date '2026-02-01' as is_running_period,
            value, numerator, denominator, n, lower, upper,
            previous_value,
            value - previous_value as change_from_previous,
            target_value,
            true as is_whole_period, null::double as last_year_value, null::double as benchmark_value
        from (values
            ('csat_rate', 'month', date '2025-11-01', 'overall', 'all', 0.80, 80, 100, 100, 0.711, 0.867, 0.9, null, 'off_target'),
            ('csat_rate', 'month', date '2025-12-01', 'overall', 'all', 0.86, 1720, 2000, 2000, 0.844, 0.875, 0.9, 0.80, 'off_target'),
            ('csat_rate', 'month', date '2026-01-01', 'overall', 'all', 0.91, 2275, 2500, 2500, 0.898, 0.921, 0.9, 0.86, 'on_target'),
            ('csat_rate', 'month', date '2026-02-01', 'overall', 'all', 0.50, 20, 40, 40, 0.352, 0.648, 0.9, 0.91, 'off_target'),
            ('csat_rate', 'month', date '2026-01-01', 'channel', 'chat', 0.95, 1900, 2000, 2000, 0.94, 0.959, 0.9, 0.88, 'on_target'),
            ('csat_rate', 'month', date '2026-01-01', 'channel', 'phone', 0.75, 15, 20, 20, 0.531, 0.888, 0.9, 0.80, 'off_target'),
            ('csat_rate', 'year', date '2026-01-01', 'overall', 'all', 0.91, 2275, 2500, 2500, 0.898, 0.921, 0.9, null, 'on_target'),
            ('nps', 'month', date '2026-01-01', 'overall', 'all', 0.19, null, null, 40, 0.05, 0.33, null, 0.12, 'no_target'),
            ('bot_csat_mean', 'month', date '2026-01-01', 'overall', 'all', null, 0, 0, 0, null, null, 4.8, null, null)
        ) as rows (
            kpi_id, period_grain, period_start, dimension, member, value, numerator, denominator, n, lower, upper,
            target_value, previous_value, status
        )
        inner join (values
            ('csat_rate', 'Customer satisfaction rate', 'ratio', 'points'),
            ('nps', 'Net promoter score', 'points', 'points'),
            ('bot_csat_mean', 'Bot CSAT', 'score', 'relative')
        ) as names (kpi_id, kpi_name_en, unit, change_kind) using (kpi_id)
    """,
    "scoreboard.kpi_coverage": """
        select *, '' as formula_zh, 'S1' as source from (values
            (
                'csat_rate', 'satisfaction', 'Customer satisfaction rate', '客户满意率', 'ratio', 'up', 'submitted_at',
                'valid responses with overall >= 4', 'valid responses', 'Share of valid responses scoring 4 or 5', null, 1, null
            ),
            (
                'nps', 'satisfaction', 'Net promoter score', '净推荐值', 'points', 'up', 'submitted_at',
                null, null, 'Promoters − detractors', null, 2, 'It is a quantile.'
            ),
            (
                'bot_csat_mean', 'satisfaction', 'Bot CSAT', '机器人满意度', 'score', 'up', 'submitted_at',
                'sum', 'responses', 'Mean of scores', 'No rows of: tickets.', null, null
            )
        ) as rows (
            kpi_id, family, kpi_name_en, kpi_name_zh, unit, good_direction, date_basis, numerator, denominator, formula_en, why_empty,
            headline_place, why_not_split
        )
    """,
    "scoreboard.kpi_contributions": """
        select
            'csat_rate' as kpi_id, 'month' as period_grain, date '2026-01-01' as period_start, dimension, member,
            value, previous_value, weight, previous_weight, contribution, rate_effect, contribution - rate_effect as mix_effect,
            0.05 as overall_change, date '2025-12-01' as previous_start
        from (values
            ('channel', 'chat', 0.95, 0.88, 0.8, 0.9, 0.0315, 0.0594),
            ('channel', 'email', 0.75, null, 0.2, 0, -0.0270, 0),
            ('channel', 'phone', null, 0.68, 0, 0.1, 0.0206, 0),
            ('channel', 'app', 0.5, 0.25, 0, 0.05, 0.0248, 0),
            ('channel', 'store', null, null, 0, 0, 0.0001, 0),
            ('shop', 'contract', 0.91, 0.86, 1, 1, 0.05, 0.05)
        ) as rows (dimension, member, value, previous_value, weight, previous_weight, contribution, rate_effect)
    """,
    "core.fct_notes": """
        select * from (values (1, '=1+1', -1.5, timestamp '2026-01-01'), (2, '@sum', 0.25, null), (3, 'plain', null, null))
            as rows (note_number, note, amount, noted_at)
    """,
}

RECORDS = """
    create schema quality;
    create schema raw;
    create schema intermediate;
    create table intermediate.int_as_of__resolved as select timestamp '2026-02-01 02:00:00' as as_of_at;
    create table quality.check_results as
        select
            run_id, as_of, as_of + interval 1 hour as checked_at,
            stage, subject, rule, severity, status, rows_checked, rows_failed, message,
            '' as details
        from (values
            (
                'run-1', timestamp '2026-02-01 02:00', 'inbound', 'raw.contract__orders', 'key_is_unique',
                'critical', 'passed', 100, 0, ''
            ),
            (
                'run-1', timestamp '2026-02-01 02:00', 'dbt', 'core.fct_orders', 'unique_fct_orders_order_key',
                'critical', 'passed', 100, 0, ''
            ),
            (
                'run-1', timestamp '2026-02-01 02:00', 'outbound', 'satisfaction.kpi_satisfaction', 'volume_is_usual',
                'warning', 'failed', 100, 12, '12 days have fewer responses than usual.'
            ),
            (
                'run-0', timestamp '2026-01-31 02:00', 'outbound', 'core.fct_refunds', 'refund_never_exceeds_payment',
                'critical', 'failed', 100, 3, '3 refunds exceed what was paid.'
            )
        ) as rows (run_id, as_of, stage, subject, rule, severity, status, rows_checked, rows_failed, message);
    create table raw.extract_ledger as
        select
            extract_id, 'run-1' as run_id, 'contract' as source_system, feed, file_name, file_format, 'aa' as sha256, 2048 as byte_count,
            status, refusal_reason, '' as message, rows_read, rows_accepted, rows_read - rows_accepted as rows_rejected, 0 as rows_left_out,
            null as unknown_columns, timestamp '2026-02-01 02:50' as started_at, timestamp '2026-02-01 02:51' as finished_at
        from (values
            (1, 'orders', 'contract/orders/1.csv', 'csv', 'loaded', null, 12345, 12340),
            (2, 'refunds', 'contract/refunds/1.csv.gz', 'csv.gz', 'refused', 'truncated_gzip', 0, 0)
        ) as rows (extract_id, feed, file_name, file_format, status, refusal_reason, rows_read, rows_accepted);
    create table quality.row_accounting as
        select
            'run-1' as run_id, timestamp '2026-02-01 03:00' as recorded_at, 'load' as stage, 'contract' as source_system,
            'orders' as entity, 'files' as from_table, 'raw.contract__orders' as to_table, 12345 as rows_in,
            'rejected_open 5' as left_out, 5 as rows_left_out, 12340 as rows_out, 0 as rows_doubled, 0 as difference, true as is_balanced;
    create table raw.rejects as
        select
            1 as extract_id, 'contract' as source_system, 'orders' as feed, 'contract/orders/1.csv' as file_name, line,
            'ordered_at' as column_name, 'not_a_timestamp' as reason, '' as detail, 'raw text' as raw_text,
            timestamp '2026-02-01' as rejected_at
        from range(5) as lines (line);
"""


def _node(full_name: str, columns: list[str]) -> dict[str, Any]:
    schema, name = full_name.split(".")
    return {
        "resource_type": "model",
        "package_name": "aftersales",
        "path": f"marts/{schema}/{name}.sql",
        "name": name,
        "schema": schema,
        "config": {"meta": {}},
        "columns": {column: {"name": column, "config": {"meta": {"publish": "plain"}}} for column in columns},
    }


@pytest.fixture(scope="session")
def published_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with one published snapshot."""
    home = Home(tmp_path_factory.mktemp("home"))
    nodes: list[dict[str, Any]] = []
    with connected(home.warehouse) as connection:
        for full_name, query in TABLES.items():
            connection.execute(f"create schema if not exists {full_name.split('.')[0]}")
            connection.execute(f"create table {full_name} as {query}")
            nodes.append(_node(full_name, [column[0] for column in connection.execute(f"from {full_name}").description or []]))
        connection.execute(RECORDS)
    manifest = home.root / "manifest.json"
    manifest.write_text(
        json.dumps({"metadata": {"project_name": "aftersales"}, "nodes": {node["name"]: node for node in nodes}, "sources": {}})
    )
    publish_snapshot(
        warehouse=home.warehouse,
        dbt_manifest=manifest,
        published=home.published,
        key=CustomerKey(b"sixteen bytes or more", ""),
        run_id="run-1",
        created_at=datetime(2026, 2, 1, 3, 5, tzinfo=UTC),
        time_zone="Asia/Shanghai",
    )
    return home


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``aftersales`` with arguments; the result's output has no colours and single blanks."""
    # The command points the environment at its home: monkeypatch puts it back after the test.
    monkeypatch.setenv("AFTERSALES_HOME", "/nowhere")
    monkeypatch.setenv("NO_COLOR", "1")

    def invoke(*arguments: str | Path, standard_input: str | None = None) -> Result:
        return CliRunner().invoke(build_app(), [str(argument) for argument in arguments], input=standard_input)

    return invoke


@pytest.fixture
def words() -> Callable[[str], str]:
    """A text without table lines and with single blanks, so that a test reads what a person reads."""
    return lambda text: re.sub(r"[\s│┃╇┡┩─━┏┓└┘┴┬├┤┼╈╋┳┻]+", " ", text)
