"""People made up to be found: where they are planted in extracts, and a search for them in every file of a folder, whatever its format.

Not one of them exists. Their names, numbers and ids are long and odd, so that finding one is never a chance.
"""

import gzip
import html
import json
import sqlite3
import urllib.parse
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import duckdb

CUSTOMERS_HEADER = "customer_id,registered_at,region,customer_tier,full_name,email,phone,updated_at"


@dataclass(frozen=True)
class Person:
    """Somebody whom nothing but the warehouse may know."""

    customer_id: str
    name: str
    email: str
    phone: str
    remark: str

    @property
    def needles(self) -> Mapping[str, str]:
        """What gives the person away, by what it is."""
        return {
            "customer id": self.customer_id,
            "name": self.name,
            "e-mail": self.email,
            "phone": self.phone,
            "phone without spaces": self.phone.replace(" ", "").removeprefix("+86"),
            "remark": self.remark,
        }

    def row(self, registered_at: str = "2025-11-01 09:00:00", tier: str = "gold") -> str:
        """The person as a line of the feed ``customers``."""
        return f"{self.customer_id},{registered_at},Shanghai,{tier},{self.name},{self.email},{self.phone},2025-11-15 10:00:00"


KNOWN = Person(
    "PLANTED-7f3a91-known",
    "Zebulon Quackenbush",
    "zebulon.quackenbush@planted.example",
    "+86 139 4417 2956",
    "my parcel smelled of herrings",
)
REJECTED = Person(
    "PLANTED-c20e44-rejected", "欧阳震华珍妮", "ouyang.zhenhua@planted.example", "+86 137 8820 4613", "请给我回电话谢谢你们帮忙"
)
REFUSED = Person(
    "PLANTED-19bd07-refused",
    "Wilhelmina O'Featherstone",
    "w.o'featherstone@planted.example",
    "+86 135 2276 9084",
    "the box was full of moths",
)
AGENT = "Ignatius Babblethwaite"
CUSTOMERS = (KNOWN, REJECTED, REFUSED)
NEEDLES: Mapping[str, str] = {
    "name of an agent": AGENT,
    "e-mail of a simulated customer": "@example.com",
} | {f"{what} of {person.customer_id}": needle for person in CUSTOMERS for what, needle in person.needles.items()}


def plant(landing: Path) -> None:
    """Add the people to a shop's extracts in ``landing``: where they belong, and where nobody expects them."""
    known, rejected, refused = KNOWN, REJECTED, REFUSED
    day = "2025-11-15"
    files = {
        # Good rows, and rows rejected for the value of a column beside the personal ones, in it, and for their number of columns.
        "customers/customers_people.csv": _lines(
            CUSTOMERS_HEADER,
            known.row(),
            rejected.row(registered_at="not a moment"),
            rejected.row(tier=rejected.email),
            rejected.row(registered_at=rejected.phone),
            rejected.row() + f",{rejected.remark}",
            f'"{rejected.name}" {rejected.name},"{rejected.email}"x,{rejected.phone}',
        ),
        # Refused: no header, a header that repeats a person, cut off, not in its encoding, other columns than it should have.
        "customers/customers_no_header.csv": _lines(refused.row(), refused.row()),
        "customers/customers_twice.csv": _lines(f"{CUSTOMERS_HEADER},{refused.email},{refused.email}", refused.row() + ",1,2"),
        "customers/customers_cut.csv.gz": gzip.compress(_lines(CUSTOMERS_HEADER, *([refused.row()] * 50)))[:-20],
        "customers/customers_bytes.csv": _lines(CUSTOMERS_HEADER, refused.row()) + b"\xff\xfe\n",
        "customers/customers_quote.csv": _lines(CUSTOMERS_HEADER, refused.row(), '"' + refused.row()),
        "customers/customers_array.jsonl": json.dumps([refused.needles]).encode(),
        "customers/customers_keyed.jsonl": (json.dumps({refused.email: 1, refused.phone: 2}) + "\n").encode(),
        "customers/customers_none.parquet": b"PAR1" + _lines(refused.row()) + b"PAR1",
        # Accepted, with columns that nobody declared and that are keyed by a person.
        "orders/orders_people.jsonl": "".join(
            json.dumps(
                {
                    "order_id": order_id,
                    "customer_id": customer_id,
                    "merchant_id": "M0000",
                    # Paid before it was ordered: a check that warns.
                    "ordered_at": f"{day} 10:00:00",
                    "paid_at": "2025-11-01 10:00:00",
                    "order_amount": amount,
                    "currency": "CNY",
                    "updated_at": f"{day} 11:00:00",
                    known.email: known.name,
                }
            )
            + "\n"
            for order_id, customer_id, amount in (
                ("PO1", known.customer_id, "10.00"),
                ("PO2", "PLANTED-ghost-5d1e", "11.00"),
                ("PO3", rejected.customer_id, rejected.phone),
            )
        ).encode(),
        "agents/agents_people.csv": _lines(
            "agent_id,valid_from,agent_name,agent_role,team,updated_at",
            f"PA1,2025-01-01,{AGENT},human,chat,{day} 10:00:00",
            f"PA2,never,{AGENT},human,chat,{day} 10:00:00",
        ),
        "tickets/tickets_people.csv": _lines(
            "ticket_id,customer_id,channel,issue_type,priority,created_at,updated_at",
            f"PT1,{known.customer_id},chat,other,normal,{day} 10:00:00,{day} 11:00:00",
            f"PT2,{rejected.customer_id},{rejected.phone},other,normal,{day} 10:00:00,{day} 11:00:00",
        ),
        # A help desk that writes the customer's id and what was said where an agent and a status should stand.
        "ticket_events/ticket_events_people.csv": _lines(
            "event_id,ticket_id,occurred_at,event_type,actor_id,from_value,to_value",
            f"PE1,PT1,{day} 10:00:00,created,{known.customer_id},,new",
            f"PE2,PT1,{day} 10:01:00,customer_reply,{known.customer_id},{known.remark},{known.email}",
            f"PE3,PT1,{day} 10:02:00,assigned,PA1,{known.customer_id},PA1",
            f"PE4,PT1,{day} 10:03:00,assigned,PA1,PA1,{known.customer_id}",
            f"PE5,PT1,{day} 10:04:00,internal_note,PA1,{known.phone},{known.name}",
            f"PE6,PT1,{day} 10:05:00,status_changed,{known.email},{known.remark},{known.phone}",
            f"PE7,PT1,{day} 10:06:00,priority_changed,PA1,{known.name},{known.remark}",
            f"PE8,PT1,{day} 10:07:00,agent_reply,{known.customer_id},,",
            f"PE9,PT1,{rejected.phone},agent_reply,{rejected.customer_id},,",
        ),
        "survey_invitations/survey_invitations_people.csv": _lines(
            "invitation_id,survey_type,ticket_id,customer_id,channel,sent_at,updated_at",
            f"PI1,service,PT1,{known.customer_id},chat,{day} 10:10:00,{day} 10:10:00",
        ),
        "survey_responses/survey_responses_people.jsonl": "".join(
            json.dumps({"response_id": response_id, "invitation_id": "PI1", "submitted_at": submitted_at, "comment_text": comment}) + "\n"
            for response_id, submitted_at, comment in (
                # Enough good ones that the gate does not take the whole delivery for a wrong one.
                *((f"PR{number}", f"{day} 10:20:00", f"{known.remark}, call {known.phone}") for number in range(1, 21)),
                ("PR99", rejected.phone, f"{rejected.remark} {rejected.email}"),
            )
        ).encode(),
    }
    files["left_here_by_somebody.txt"] = _lines(refused.row())
    for name, content in files.items():
        path = landing / "contract" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _lines(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


@dataclass(frozen=True)
class Search:
    """Looks for needles in files. A finding says the file, where in it, and which needle, never the text around it."""

    needles: Mapping[str, str] = field(default_factory=lambda: NEEDLES)

    def findings(self, *roots: Path, leave_out: Iterable[Path] = ()) -> list[str]:
        """Everything found in files below ``roots``, and in the files' own names."""
        left_out = [path.resolve() for path in leave_out]
        found: list[str] = []
        for root in roots:
            paths = [root] if root.is_file() else sorted(root.rglob("*"))
            for path in paths:
                if any(path.resolve().is_relative_to(out) for out in left_out):
                    continue
                found += [f"{path}: the name holds the {what}" for what in self.found_in(str(path).encode())]
                if path.is_file() and not path.is_symlink():
                    found += [f"{path}{place}: {what}" for place, what in self._in_file(path)]
        return found

    def found_in(self, content: bytes) -> list[str]:
        """Which needles stand in ``content``, as they are or as a format would spell them."""
        lowered = content.lower()
        return [what for what, spellings in self._spellings.items() if any(spelling in lowered for spelling in spellings)]

    @cached_property
    def _spellings(self) -> dict[str, set[bytes]]:
        return {what: set(spelled(needle)) for what, needle in self.needles.items()}

    def _in_file(self, path: Path) -> Iterator[tuple[str, str]]:
        content = path.read_bytes()
        yield from (("", what) for what in self.found_in(content))
        # Compressed columns and strings over several pages are only seen when a file is read as what it is.
        for place, text in contents(path, content):
            yield from ((place, what) for what in self.found_in(text))


def spelled(needle: str) -> Iterator[bytes]:
    """A needle, in small letters, as plain text, JSON, HTML, a web address, SQL and UTF-16 have it."""
    lowered = needle.lower()
    for text in (
        lowered,
        json.dumps(lowered)[1:-1],
        json.dumps(json.dumps(lowered))[3:-3],
        html.escape(lowered),
        html.escape(lowered, quote=False),
        urllib.parse.quote(lowered).lower(),
        urllib.parse.quote_plus(lowered).lower(),
        lowered.replace("'", "''"),
        lowered.replace("'", "\\'"),
    ):
        yield text.encode()
    # The bytes of other encodings hold some that are letters of ASCII by chance, and are searched in small letters too.
    yield lowered.encode("utf-16-le").lower()
    yield lowered.encode("gb18030").lower()


def contents(path: Path, content: bytes) -> Iterator[tuple[str, bytes]]:
    """What a file of a format that hides text holds, part by part."""
    if content[8:12] == b"DUCK":
        yield from _database_contents(path)
    elif content.startswith(b"PAR1"):
        with duckdb.connect() as connection:
            yield "", _rows_text(connection.execute(f"select * from read_parquet('{path}')").fetchall())
            yield " (metadata)", _rows_text(connection.execute(f"select * from parquet_metadata('{path}')").fetchall())
            yield " (key-value metadata)", _rows_text(connection.execute(f"select * from parquet_kv_metadata('{path}')").fetchall())
    elif content.startswith(b"SQLite format 3\0"):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            connection.text_factory = bytes
            for (table,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
                yield f" ({table.decode()})", _rows_text(connection.execute(f'select * from "{table.decode()}"').fetchall())
    elif content.startswith(b"\x1f\x8b"):
        yield "", gzip.decompress(content)
    elif content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(path) as archive:
            yield from ((f" ({name})", archive.read(name)) for name in archive.namelist())


def _database_contents(path: Path) -> Iterator[tuple[str, bytes]]:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as searched (read_only)")
        tables = connection.execute("select schema_name, table_name from duckdb_tables() where database_name = 'searched'").fetchall()
        for schema, table in tables:
            yield f" ({schema}.{table})", _rows_text(connection.execute(f'select * from searched."{schema}"."{table}"').fetchall())
        yield (
            " (comments)",
            _rows_text(connection.execute("select comment from duckdb_columns() where database_name = 'searched'").fetchall()),
        )


def _rows_text(rows: Iterable[tuple[object, ...]]) -> bytes:
    return b"\n".join(cell if isinstance(cell, bytes) else str(cell).encode(errors="replace") for row in rows for cell in row)
