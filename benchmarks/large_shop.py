"""A shop of many times the orders of another one: its extracts, each with as many copies of its rows under ids of their own.

Simulating ten million orders takes hours; a million, ten times, takes minutes. Agents, merchants, products and initiatives are not more of
them, so that what is ranked and compared has as many members as before.
"""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

SHARED = ("agents", "agent_trainings", "merchants", "products", "initiatives")
# Ids of what is shared, of which each copy speaks under the same name.
_SHARED_IDS = ("agent_id", "actor_id", "merchant_id", "product_id", "partner_id", "initiative_id")


def multiply(shop: Path, folder: Path, *, times: int) -> None:
    """Write the extracts of ``times`` shops like ``shop``, up to ten, into ``folder``: one file for each of its files, CSV where it was not
    Parquet. What is shared is linked."""
    with duckdb.connect(config={"threads": 1, "memory_limit": "1GB"}) as connection:
        for feed in sorted(path for path in shop.glob("*/*") if path.is_dir()):
            into = folder / feed.relative_to(shop)
            into.mkdir(parents=True)
            for file in sorted(feed.iterdir()):
                if feed.name in SHARED:
                    os.link(file, into / file.name)
                else:
                    _multiply_file(connection, file, into, times)


def _multiply_file(connection: duckdb.DuckDBPyConnection, file: Path, into: Path, times: int) -> None:
    rows = _rows(connection, file)
    names = [name for name, *_ in connection.execute(f"describe select * from {rows}").fetchall()]
    selected = ", ".join(f'{_copied(name)} as "{name}"' for name in names)
    stem, _, ending = file.name.partition(".")
    kind, options = ("parquet", "format parquet, compression zstd") if ending == "parquet" else ("csv", "format csv, header")
    connection.execute(
        f"copy (select {selected} from {rows} as shop cross join range({times}) as copies (number)) to '{into / stem}.{kind}' ({options})"
    )


def _rows(connection: duckdb.DuckDBPyConnection, file: Path) -> str:
    """Rows as they stand there: values that are no text in Parquet alone."""
    if ".parquet" in file.name:
        return f"read_parquet('{file}')"
    if ".csv" in file.name:
        return f"read_csv('{file}', all_varchar = true, header = true)"
    found = connection.execute(f"describe select * from read_json('{file}')").fetchall()
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name, *_ in found)
    return f"read_json('{file}', columns = {{{columns}}})"


def _copied(name: str) -> str:
    """A column of a copy. The first copy is the shop itself."""
    letter = "case when copies.number > 0 then chr(cast(64 + copies.number as integer)) else '' end"
    if name == "phone":
        return "cast(copies.number as varchar) || shop.phone[2:]"
    if name == "to_value":
        return f"case when shop.event_type = 'merged' then {letter} || shop.to_value else shop.to_value end"
    if name == "email" or (name.endswith("_id") and name not in _SHARED_IDS):
        return f'{letter} || shop."{name}"'
    return f'shop."{name}"'
