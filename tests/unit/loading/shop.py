"""A shop for tests of the loader: one source, declared as YAML like a real one, a landing zone and a warehouse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from orchestration.loading import ExtractResult, SourceDeclaration, SourceLoad, load_source, prepare_raw, read_declarations

# The feed that most tests deliver. Its columns cover every data type, and keep to few so that rows are easy to read.
ORDERS = """
version: 2
sources:
  - name: shop
    schema: raw
    config:
      meta:
        time_zone: Asia/Shanghai
    tables:
      - name: orders
        identifier: shop__orders
        config:
          meta:
            key: [order_id]
        columns:
          - {name: order_id, data_type: text}
          - {name: ordered_at, data_type: timestamp, config: {meta: {required: true}}}
          - {name: status, data_type: text, config: {meta: {accepted_values: [new, paid]}}}
          - {name: amount, data_type: "decimal(18,2)"}
          - {name: quantity, data_type: integer}
          - {name: weight, data_type: double}
          - {name: is_gift, data_type: boolean}
          - {name: due_on, data_type: date}
          - {name: note, data_type: text, config: {meta: {pii: true}}}
"""
HEADER = "order_id,ordered_at,status,amount,quantity,weight,is_gift,due_on,note"


def order(order_id: object, ordered_at: str = "2024-03-01 08:00:00", **values: str) -> str:
    """A CSV line of the feed ``orders``, empty but for what is said."""
    columns = ("status", "amount", "quantity", "weight", "is_gift", "due_on", "note")
    return ",".join([str(order_id), ordered_at, *(values.get(column, "") for column in columns)])


def csv_file(*lines: str) -> bytes:
    """A CSV extract of the feed ``orders``: the header, then the lines."""
    return "\n".join([HEADER, *lines, ""]).encode()


class Shop:
    """A landing zone and a warehouse with one source."""

    def __init__(self, folder: Path, declaration: str = ORDERS, connection: duckdb.DuckDBPyConnection | None = None) -> None:
        self.folder = folder
        self.landing = folder / "landing"
        self.landing.mkdir(exist_ok=True)
        self.connection = connection or duckdb.connect(str(folder / "warehouse.duckdb"))
        self.connection.execute("set TimeZone = 'UTC'")
        self.connection.execute("set disabled_optimizers = 'common_subexpressions'")
        self.runs = 0
        self.declare(declaration)

    def declare(self, declaration: str) -> None:
        """Write the declaration and make the raw schema fit it."""
        models = self.folder / "models"
        models.mkdir(exist_ok=True)
        (models / "_shop__sources.yml").write_text(declaration, encoding="utf-8")
        sources = read_declarations(models)
        self.source: SourceDeclaration = next(iter(sources.values()))
        prepare_raw(self.connection, sources)

    def deliver(self, name: str, content: bytes | str) -> Path:
        """Drop a file into the source's landing folder."""
        path = self.landing / self.source.name / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(self) -> SourceLoad:
        """Run the loader once."""
        self.runs += 1
        return load_source(self.connection, self.source, self.landing, run_id=f"run-{self.runs}")

    def load_one(self, name: str, content: bytes | str) -> ExtractResult:
        """Deliver a file, run the loader, and give what became of it; the ledger has to add up."""
        self.deliver(name, content)
        load = self.load()
        assert len(load.extracts) == 1, load
        self.assert_books_balance()
        return load.extracts[0]

    def rows(self, columns: str = "*", table: str = "raw.shop__orders", order_by: str = "_extract_id, _line") -> list[tuple[Any, ...]]:
        """Rows of a raw table."""
        return self.connection.execute(f"select {columns} from {table} order by {order_by}").fetchall()

    def rejects(self, columns: str = "line, column_name, reason") -> list[tuple[Any, ...]]:
        """Rejected rows by file and line."""
        return self.rows(columns, "raw.rejects", "extract_id, line")

    def ledger(self, columns: str = "file_name, status, rows_read, rows_accepted, rows_rejected") -> list[tuple[Any, ...]]:
        """The ledger in order."""
        return self.rows(columns, "raw.extract_ledger", "extract_id")

    def assert_books_balance(self) -> None:
        """Every row that was read is in the raw table or among the rejects, and the ledger says so."""
        for feed in self.source.feeds.values():
            wrong = self.connection.execute(
                f"""
                select ledger.file_name, ledger.rows_read, ledger.rows_accepted, ledger.rows_rejected,
                    (select count(*) from {feed.raw_table} as rows where rows._extract_id = ledger.extract_id) as rows_found,
                    (select count(*) from raw.rejects as rejects where rejects.extract_id = ledger.extract_id) as rejects_found
                from raw.extract_ledger as ledger
                where ledger.feed = ? and (ledger.rows_read <> ledger.rows_accepted + ledger.rows_rejected
                    or rows_found <> ledger.rows_accepted or rejects_found <> ledger.rows_rejected)
                """,
                [feed.name],
            ).fetchall()
            assert wrong == []
            stray = self.connection.execute(
                f"select count(*) from {feed.raw_table} where _line < 1 or _extract_id not in "
                f"(select extract_id from raw.extract_ledger where status = 'loaded')"
            ).fetchone()
            assert stray == (0,)
