"""Which of the warehouse's own records are published beside the marts, column by column. Marts are selection.py's.

Columns that may quote what stood in a file (raw text, details, the words of an engine's error) stay in the warehouse.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.publishing.selection import PublishedColumn, PublishedTable
from orchestration.sql_text import identifier

QUALITY_SCHEMA = "quality"


@dataclass(frozen=True)
class QualityTable:
    """A published table of records, and the query over the warehouse (attached as ``warehouse``) that fills it."""

    table: PublishedTable
    source: tuple[str, str]
    expressions: tuple[str, ...]
    group_by: tuple[str, ...] = ()

    @property
    def query(self) -> str:
        """The select that yields exactly ``table``'s columns."""
        columns = ", ".join(
            f"{expression} as {identifier(column.name)}" for expression, column in zip(self.expressions, self.table.columns, strict=True)
        )
        grouping = f" group by {', '.join(self.group_by)}" if self.group_by else ""
        return f"select {columns} from warehouse.{identifier(*self.source)} as source{grouping}"


def _quality_table(
    name: str,
    description: str,
    source: tuple[str, str],
    columns: dict[str, tuple[str, str]],
    group_by: tuple[str, ...] = (),
) -> QualityTable:
    return QualityTable(
        table=PublishedTable(
            schema=QUALITY_SCHEMA,
            name=name,
            columns=tuple(PublishedColumn(column, description=meaning) for column, (_, meaning) in columns.items()),
            description=description,
        ),
        source=source,
        expressions=tuple(expression for expression, _ in columns.values()),
        group_by=group_by,
    )


CHECK_RESULTS = _quality_table(
    "check_results",
    "One row per check × run: what it checked and whether it passed. Kept over all runs.",
    ("quality", "check_results"),
    {
        "run_id": ("source.run_id", "The refresh that ran the check."),
        "as_of": ("source.as_of", "The moment (UTC) the marts of that run speak of."),
        "checked_at": ("source.checked_at", "When the check ran (UTC)."),
        "stage": ("source.stage", "inbound (extracts), dbt (models) or outbound (marts)."),
        "subject": ("source.subject", "The table that was checked, with its schema."),
        "rule": ("source.rule", "The rule it has to keep."),
        "severity": ("source.severity", "critical stops publishing; warning does not."),
        "status": ("source.status", "passed, failed, or error when the check itself could not run."),
        "rows_checked": ("source.rows_checked", "Rows the check looked at, where it counts them."),
        "rows_failed": ("source.rows_failed", "Rows that break the rule."),
        # The message of a check that broke quotes the engine, and the engine quotes values.
        "message": (
            "case when source.status in ('passed', 'failed') then source.message end",
            "What is wrong, in words. Empty for a check that could not run: see the log.",
        ),
    },
)

# Written when the marts are, and looked at with them. What the checks said is added when they have all spoken.
RECORDS: tuple[QualityTable, ...] = (
    _quality_table(
        "extract_ledger",
        "One row per delivered file: what was read of it, accepted and rejected. rows_read = rows_accepted + rows_rejected.",
        ("raw", "extract_ledger"),
        {
            "extract_id": ("source.extract_id", "Number of the delivery, rising in the order of loading."),
            "run_id": ("source.run_id", "The refresh that met the file."),
            "source_system": ("source.source_system", "The source system that delivered it."),
            "feed": ("source.feed", "The feed it belongs to."),
            "file_name": ("source.file_name", "Where it lay, relative to the landing folder."),
            "file_format": ("source.file_format", "csv, csv.gz, parquet, jsonl or jsonl.gz."),
            "sha256": ("source.sha256", "Hash of the file's bytes."),
            "byte_count": ("source.byte_count", "Size of the file."),
            "status": ("source.status", "loaded, duplicate (the same bytes came before) or refused (not loaded at all)."),
            "refusal_reason": ("source.refusal_reason", "Why it was refused, as a code."),
            "rows_read": ("source.rows_read", "Rows in the file, but for those that its declaration leaves out."),
            "rows_accepted": ("source.rows_accepted", "Rows that entered the warehouse."),
            "rows_rejected": ("source.rows_rejected", "Rows that did not."),
            "rows_left_out": ("coalesce(source.rows_left_out, 0)", "Rows that are none of the feed, such as sums at the end, as declared."),
            "unknown_columns": ("source.unknown_columns", "Columns of the file that the feed does not declare; they were left out."),
            "started_at": ("source.started_at", "When loading it began (UTC)."),
            "finished_at": ("source.finished_at", "When loading it ended (UTC)."),
        },
    ),
    _quality_table(
        "row_accounting",
        "One row per run × stage × feed or entity of a source: rows that went in, were left out under a name, and came out.",
        ("quality", "row_accounting"),
        {
            "run_id": ("source.run_id", "The refresh that counted."),
            "recorded_at": ("source.recorded_at", "When it counted (UTC)."),
            "stage": ("source.stage", "load (file to raw), staging, intermediate or core (the marts of single things)."),
            "source_system": ("source.source_system", "The source system the rows come from."),
            "entity": ("source.entity", "The feed (load) or the entity of the contract (all other stages)."),
            "from_table": ("source.from_table", "Where the rows were."),
            "to_table": ("source.to_table", "Where they are after the stage."),
            "rows_in": ("source.rows_in", "Rows before the stage. Where a row says several things at once, each counts."),
            "left_out": ("source.left_out", "What the stage leaves out: name and number of rows of each reason."),
            "rows_left_out": ("source.rows_left_out", "All of those together."),
            "rows_out": ("source.rows_out", "Rows after the stage."),
            "rows_doubled": ("source.rows_doubled", "Rows after the stage beyond the first of their key."),
            "difference": ("source.difference", "Rows lost without a name; negative: rows too many. 0 when the books balance."),
            "is_balanced": ("source.is_balanced", "Whether no row was lost, doubled or made up."),
        },
    ),
    _quality_table(
        "rejected_rows",
        "One row per file × column × reason: how many rows were rejected for it. The rows themselves stay in the warehouse.",
        ("raw", "rejects"),
        {
            "source_system": ("source.source_system", "The source system that delivered the file."),
            "feed": ("source.feed", "The feed it belongs to."),
            "extract_id": ("source.extract_id", "Number of the delivery, as in extract_ledger."),
            "file_name": ("source.file_name", "Where the file lay, relative to the landing folder."),
            "column_name": ("source.column_name", "The first column, in declared order, that is wrong in the row."),
            "reason": ("source.reason", "What is wrong with it, as a code."),
            "row_count": ("count(*)", "Rows rejected for this."),
        },
        group_by=(
            "source.source_system",
            "source.feed",
            "source.extract_id",
            "source.file_name",
            "source.column_name",
            "source.reason",
        ),
    ),
)
