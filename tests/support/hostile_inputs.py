"""Extracts made to break the loader: the same ones for the same seed, each made from its number alone.

``hostile_input(seed, number)`` is one input; a finding is made again from these two. Knows the feeds of ``DECLARATION`` and nothing
of the loader.
"""

import gzip
import json
import os
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

from tests.support.hostile_cells import COLUMNS, NAMES, csv_bytes, csv_text, damaged, good_row, json_lines, odd_cell, spoilt_rows

# Three feeds: one read as most are, one with everything declared that can be, one whose files need no ending.
DECLARATION = """
version: 2
sources:
  - name: shop
    schema: raw
    config: {meta: {time_zone: Asia/Shanghai}}
    tables:
      - name: orders
        identifier: shop__orders
        config: {meta: {key: [order_id]}}
        columns: &columns
          - {name: order_id, data_type: text}
          - {name: ordered_at, data_type: timestamp, config: {meta: {required: true}}}
          - {name: status, data_type: text, config: {meta: {accepted_values: [new, paid]}}}
          - {name: amount, data_type: "decimal(18,2)"}
          - {name: quantity, data_type: integer}
          - {name: weight, data_type: double}
          - {name: is_gift, data_type: boolean}
          - {name: due_on, data_type: date}
          - {name: note, data_type: text, config: {meta: {pii: true}}}
      - name: legacy
        identifier: shop__legacy
        config:
          meta:
            key: [order_id]
            encoding: gb18030
            delimiter: ";"
            null_markers: ["N/A", "?"]
            timestamp_formats: ["%d.%m.%Y %H:%M", "%m/%d/%y %I:%M %p %z"]
            date_formats: ["%d.%m.%Y"]
        columns: *columns
      - name: dump
        identifier: shop__dump
        config: {meta: {key: [order_id], globs: ["dump/**"], format: csv}}
        columns: *columns
"""
# Stands in files outside the landing zone that links lead to: it must never be met in the warehouse.
SECRET = "outside-the-landing-zone"


@dataclass(frozen=True)
class HostileInput:
    """A file for the landing zone of the source ``shop``."""

    number: int
    kind: str
    name: str  # below landing/shop; may hold anything that a file name can
    content: bytes
    # How many rows whoever wrote it meant; None where damage makes that a matter of opinion.
    rows: int | None = None
    # Instead of a file: a link that leads there, or "pipe" or "folder".
    instead: str | None = None

    def put(self, folder: Path, outside: Path) -> None:
        """Write the file below ``folder``; links that lead out of the landing zone lead to ``outside``."""
        path = folder / self.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.instead == "pipe":
            os.mkfifo(path)
        elif self.instead == "folder":
            path.mkdir()
        elif self.instead is not None:
            path.symlink_to(self.instead.format(outside=outside))
        else:
            path.write_bytes(self.content)


Maker = Callable[[random.Random, int], HostileInput]


def hostile_input(seed: int, number: int) -> HostileInput:
    """The input of that number: the kinds take turns, so that every run of numbers holds all of them."""
    makers = tuple(MAKERS.values())
    return makers[number % len(makers)](random.Random(f"{seed}/{number}"), number)


def _csv_cells(draw: random.Random, number: int) -> HostileInput:
    rows = spoilt_rows(draw, spoilt=0.35)
    return HostileInput(number, "csv: cells", f"orders-{number}.csv", csv_text(rows, draw).encode(), rows=len(rows))


def _csv_damage(draw: random.Random, number: int) -> HostileInput:
    return HostileInput(number, "csv: damage", f"orders-{number}.csv", damaged(draw, csv_bytes(draw)))


def _csv_noise(draw: random.Random, number: int) -> HostileInput:
    signs = ['"', '"', '""', ",", ",", "\n", "\n", "\r", "\r\n", " ", "a", "7", "退", "\\", "2024-03-01", "\ufeff", "\0", '",', '\n"']
    noise = "".join(draw.choices(signs, k=draw.randint(0, 120)))
    header = draw.choice([",".join(COLUMNS), "order_id,ordered_at", '"order_id","ordered_at"', ""])
    return HostileInput(number, "csv: noise", f"orders-{number}.csv", (header + draw.choice(["\n", "\r", "\r\n", ""]) + noise).encode())


def _csv_header(draw: random.Random, number: int) -> HostileInput:
    header = list(COLUMNS)
    for _ in range(draw.randint(1, 4)):
        match draw.randrange(5):
            case 0:
                header.append(odd_cell(draw))
            case 1:
                header.insert(draw.randrange(len(header) + 1), draw.choice(header))
            case 2 if header:
                header.pop(draw.randrange(len(header)))
            case 3:
                draw.shuffle(header)
            case _ if header:
                place = draw.randrange(len(header))
                header[place] = draw.choice([header[place].upper(), f" {header[place]} ", f"{header[place]}\n", header[place][:3], ""])
    if draw.random() < 0.02:
        header += [f"extra_{place}" for place in range(3_000)]
    rows = [(good_row(draw, key) + ["x"] * len(header))[: len(header)] for key in range(draw.randint(0, 5))]
    header = [cell.replace("\0", "\x01") for cell in header]
    return HostileInput(number, "csv: header", f"orders-{number}.csv", csv_text(rows, draw, header=header).encode())


def _csv_encoding(draw: random.Random, number: int) -> HostileInput:
    text = csv_text(spoilt_rows(draw, spoilt=0.1), draw)
    match draw.randrange(8):
        case 0:
            content = text.encode("gb18030")
        case 1:
            content = text.encode("utf-16")
        case 2:
            content = text.encode("latin-1", errors="replace")
        case 3:
            content = b"\xef\xbb\xbf" * draw.randint(1, 3) + text.encode()
        case 4:
            content = text.encode("utf-8")[:-1] + b"\xe2\x82"
        case 5:
            content = text.encode("utf-8").replace(b"a", b"\xc0\xaf", 1).replace(b"0", b"\xed\xa0\x80", 1)
        case 6:
            content = text.encode("utf-32")
        case _:
            content = text.encode("utf-7", errors="replace")
    return HostileInput(number, "csv: encoding", f"orders-{number}.csv", content)


def _csv_declared(draw: random.Random, number: int) -> HostileInput:
    rows = [[cell.encode("gb18030", errors="replace").decode("gb18030") for cell in row] for row in spoilt_rows(draw, spoilt=0.3)]
    content = csv_text(rows, draw, delimiter=";").encode("gb18030")
    if draw.random() < 0.4:
        return HostileInput(number, "csv: declared", f"legacy-{number}.csv", damaged(draw, content))
    return HostileInput(number, "csv: declared", f"legacy-{number}.csv", content, rows=len(rows))


def _csv_line_ends(draw: random.Random, number: int) -> HostileInput:
    pieces = csv_bytes(draw).replace(b"\r\n", b"\n").split(b"\n")
    content = b"".join(piece + draw.choice([b"\n", b"\r", b"\r\n", b"\n\r", b"\n\n", b"\r\r\n"]) for piece in pieces)
    return HostileInput(number, "csv: line ends", f"orders-{number}.csv", content)


def _json_value(draw: random.Random, depth: int = 0) -> object:
    match draw.randrange(9):
        case 0:
            return draw.choice([0, -1, 10**18, 10**40, 1.5, 1e308, -0.0, 3.0])
        case 1:
            return draw.choice([True, False, None])
        case 2 if depth < 4:
            return [_json_value(draw, depth + 1) for _ in range(draw.randint(0, 3))]
        case 3 if depth < 4:
            return {odd_cell(draw)[:50]: _json_value(draw, depth + 1) for _ in range(draw.randint(0, 3))}
        case _:
            return odd_cell(draw)


def _json_cells(draw: random.Random, number: int) -> HostileInput:
    rows: list[dict[str, object]] = []
    for key in range(draw.randint(1, 12)):
        row: dict[str, object] = dict(zip(COLUMNS, good_row(draw, key), strict=True))
        for column in COLUMNS[2:]:
            if draw.random() < 0.3:
                row[column] = _json_value(draw)
        if draw.random() < 0.2:
            row[odd_cell(draw)[:60]] = _json_value(draw)
        rows.append(row)
    lines = [json.dumps(row, ensure_ascii=draw.random() < 0.5) for row in rows]
    return HostileInput(number, "jsonl: cells", f"orders-{number}.jsonl", ("\n".join(lines) + "\n").encode(), rows=len(rows))


def _json_damage(draw: random.Random, number: int) -> HostileInput:
    content = json_lines(draw)
    match draw.randrange(6):
        case 0:
            content = b"[" + content.replace(b"\n", b",\n") + b"]"
        case 1:
            content = content.replace(b'"note"', b'"order_id"', 1)
        case 2:
            content = b"[" * 3_000 + content
        case 3:
            content = content.replace(b"\n", draw.choice([b"", b"\r", b"\n\n", b" "]))
        case _:
            content = damaged(draw, content)
    return HostileInput(number, "jsonl: damage", f"orders-{number}.jsonl", content)


def _gzip(draw: random.Random, number: int) -> HostileInput:
    ending, plain = draw.choice([("csv", csv_bytes(draw)), ("jsonl", json_lines(draw))])
    packed = gzip.compress(plain, mtime=0)
    match draw.randrange(10):
        case 0:
            content = packed[: draw.randrange(len(packed))]
        case 1:
            content = packed + gzip.compress(json_lines(draw) if ending == "jsonl" else b"", mtime=0)
        case 2:
            content = packed + draw.choice([b"\0" * 512, b"garbage", b"\x1f\x8b", packed[:30]])
        case 3:
            content = gzip.compress(packed, mtime=0)
        case 4:
            content = plain
        case 5 if draw.random() < 0.2:
            # Packed a thousand times smaller than it is.
            content = gzip.compress(plain + draw.choice([b"\n", b"a", b"\0", b'"']) * 3_000_000, mtime=0)
        case 6:
            content = draw.choice([b"", b"\x1f\x8b", packed[:10], b"\x1f\x8b\x08" + draw.randbytes(40)])
        case _:
            content = damaged(draw, packed)
    return HostileInput(number, "gzip", f"orders-{number}.{ending}.gz", content)


# Parquet as it is made by those who mean something else by a column than we do: select lists over five rows ``i``.
_KEYED = "i::varchar as order_id, '2024-03-01' as ordered_at"
_PARQUET_COLUMNS = (
    "i::varchar as order_id, timestamp '2024-03-01' + to_hours(i::int) as ordered_at, i as quantity",
    "i as order_id, '2024-03-01' as ordered_at, i * 1.5 as amount, i % 2 = 0 as is_gift, 'x' as note",
    "i::varchar as order_id, timestamptz '2024-03-01 08:00:00+01' as ordered_at, date '2024-03-01' as due_on",
    "i::varchar as order_id, timestamp_ns '2262-04-11 23:47:16' as ordered_at, 1e300::double as weight",
    "i::varchar as order_id, timestamp '9999-12-31' as ordered_at, 'nan'::float as weight",
    "i::varchar as order_id, i as ordered_at",
    "i::varchar as id, '2024-03-01' as moment",
    "null::varchar as order_id, null::timestamp as ordered_at",
    "i::varchar as \" order_id \", 'never' as ordered_at, 'x' as \"\u202e\", 'y' as raw_0, 'z' as row_number",
    "repeat('x', 5000) as order_id, '2024-03-01' as ordered_at, chr(i::int) as note",
    "'x'::enum('x') as status",
    f"{_KEYED}, [1, 2] as note",
    f"{_KEYED}, {{'a': 1}} as note",
    f"{_KEYED}, map {{'a': 1}} as amount",
    f"{_KEYED}, interval 1 day as due_on",
    f"{_KEYED}, '\\xAA\\xFF'::blob as note",
    f"{_KEYED}, '6f1c1bd4-0000-4000-8000-0123456789ab'::uuid as note, time '08:00' as status",
    f"{_KEYED}, 10::hugeint * i as quantity, 1.5::decimal(38, 10) as amount",
    f"{_KEYED}, i as file_row_number, 'x' as filename",
    f"{_KEYED}, 'x' as \"ORDER_ID\"",
    f"{_KEYED}, 'x' as quantity, 'x' as \"$path\", 'y' as \"a\"\"b'c\"",
    f"{_KEYED}, 'x' as quantity, 'x' as \"a';drop table raw.rejects;--\", 'y' as \"$moment\"",
)


@cache
def _parquet_templates() -> tuple[tuple[bytes, int], ...]:
    """Whole Parquet files and their numbers of rows."""
    templates: list[tuple[bytes, int]] = []
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        for rows in (5, 0):
            for columns in _PARQUET_COLUMNS:
                path = Path(folder) / "template.parquet"
                connection.execute(f"copy (select {columns} from range({rows}) as numbers(i)) to '{path}' (format parquet)")
                templates.append((path.read_bytes(), rows))
    return tuple(templates)


def _parquet_types(draw: random.Random, number: int) -> HostileInput:
    content, rows = draw.choice(_parquet_templates())
    # Bytes of its own, else all but the first of a template would be duplicates: a comment in the footer's creator.
    marked = content.replace(b"DuckDB", f"D{number % 100_000:05}".encode())
    return HostileInput(number, "parquet: types", f"orders-{number}.parquet", marked, rows=rows)


def _parquet_damage(draw: random.Random, number: int) -> HostileInput:
    content, _ = draw.choice(_parquet_templates())
    match draw.randrange(5):
        case 0:
            content = content[: draw.randrange(len(content))]
        case 1:
            content = content[:-8] + draw.choice([b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x01\0\0\0"]) + b"PAR1"
        case 2:
            # In the footer, where sizes, counts and offsets stand.
            at = len(content) - 8 - draw.randrange(1, 300)
            content = content[:at] + draw.randbytes(draw.choice([1, 2, 4])) + content[at + 1 :]
        case _:
            content = damaged(draw, content)
    return HostileInput(number, "parquet: damage", f"orders-{number}.parquet", content)


def _binary(draw: random.Random, number: int) -> HostileInput:
    begin = draw.choice(
        [b"", b"PAR1", b"PK\x03\x04", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xd0\xcf\x11\xe0", b"\x7fELF", b"%PDF", b"SQLite format 3\0"]
    )
    ending = draw.choice(["csv", "csv.gz", "jsonl", "jsonl.gz", "parquet"])
    return HostileInput(number, "binary", f"orders-{number}.{ending}", begin + draw.randbytes(draw.choice([0, 1, 7, 64, 4_000])))


def _name(draw: random.Random, number: int) -> HostileInput:
    rows = [good_row(draw, key) for key in range(3)]
    if draw.random() < 0.5:
        rows[1][1] = "never"  # a reject carries the file's name through more statements
    content = csv_text(rows, draw).encode()
    odd = draw.choice(NAMES) + (draw.choice(NAMES) if draw.random() < 0.3 else "")
    odd = odd.replace("/", "_")[:180]
    name = draw.choice(
        [
            f"orders.{odd}-{number}.csv",
            f"orders-{number}{odd}.csv",
            f"orders/{odd}-{number}.csv",
            f"orders/{number}{odd}/{odd.strip('.') or 'x'}.csv",
            f"dump/{number}{odd}",
            f"{odd}-{number}.csv",
            f"orders-{number}.csv{odd}",
        ]
    )
    return HostileInput(number, "names", name, content)


def _link(draw: random.Random, number: int) -> HostileInput:
    instead = draw.choice(
        [
            *(
                "{outside}/secret.csv",
                "../../../outside/secret.csv",
                "../../../../../../../../../../etc/passwd",
                "/etc/passwd",
                "/dev/zero",
            ),
            *("/proc/self/environ", "/dev/null", f"orders-{number}.csv", "nowhere.csv", "{outside}", "..", ".", "/", "pipe", "folder"),
        ]
    )
    return HostileInput(number, "links", f"{draw.choice(['', 'orders/'])}orders-{number}.csv", b"", instead=instead)


MAKERS: dict[str, Maker] = {
    "csv: cells": _csv_cells,
    "csv: damage": _csv_damage,
    "csv: noise": _csv_noise,
    "csv: header": _csv_header,
    "csv: encoding": _csv_encoding,
    "csv: declared": _csv_declared,
    "csv: line ends": _csv_line_ends,
    "jsonl: cells": _json_cells,
    "jsonl: damage": _json_damage,
    "gzip": _gzip,
    "parquet: types": _parquet_types,
    "parquet: damage": _parquet_damage,
    "binary": _binary,
    "names": _name,
    "links": _link,
}
