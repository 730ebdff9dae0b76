"""What a database says of a query that broke, in words for people and without the values it quotes."""

from __future__ import annotations

import re

_MISSING_TABLE = re.compile(r"Table with name \"?(\S+?)\"? does not exist|The table (\S+) does not exist")
_EXCEPTION_CLASS = re.compile(r"^\([\w.]+\)\s*")
# From the first quote to the last, or to the end: a value may hold quotes of its own, and lines.
_QUOTED = re.compile(r"'(?:.*'|.*$)|\"(?:.*\"|.*$)")


def in_plain_words(error: str) -> str:
    """The first line of a database error, without the values it may quote, which may be personal data. Plain words stay as they are."""
    missing = _MISSING_TABLE.search(error)
    if missing:
        return f"The table {missing.group(1) or missing.group(2)} does not exist: load the extracts and build the models first."
    first_line = _EXCEPTION_CLASS.sub("", error.strip()).splitlines()[0]
    # An error of binding speaks of names; the others may speak of what stands in a row.
    return first_line if first_line.startswith(("Binder Error", "Catalog Error")) else _QUOTED.sub("'…'", first_line)
