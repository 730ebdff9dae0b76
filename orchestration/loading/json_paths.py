"""Headers that are paths into a JSON object: $.customer.email, $."my key", $.tags[*].name. What begins otherwise is a name as it stands.

``^.id`` is the id of the object that a record stands in, ``^^.id`` of the one around that: a record bears them under these signs.

Pure: builds expressions, runs nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

from orchestration.sql_text import literal

_STEP = r"""\.(?:[A-Za-z_][A-Za-z0-9_-]*|"[^"\\]+")|\[(?:[0-9]+|\*)\]"""
_PATH = re.compile(rf"\$(?:{_STEP})+")
_MANY = "[*]"
_AROUND = re.compile(r"(\^+)(?=\.)")


def wrong_path(header: str) -> str | None:
    """Why a header that begins like a path is none, and what to do; None: it is one, or a name."""
    if not is_path(header) or (_PATH.fullmatch(_inward(header)) and not header.startswith("$[")):
        return None
    return f"'{header}' begins like a path into JSON and is none; a path is $.name, $.\"a name\".name, $.list[0], $.list[*].name or ^.name"


def is_path(header: str) -> bool:
    """Whether a header is meant as a path."""
    return header.startswith(("$.", "$[", "^.", "^^"))


def enclosing_key(header: str) -> tuple[int, str] | None:
    """Of a header that reads the object which a record stands in: how far out, and the key there."""
    around = _AROUND.match(header)
    return None if around is None else (len(around.group()), key_of(f"${header[around.end() :]}"))


def _inward(header: str) -> str:
    """The path within the object of a line."""
    return _AROUND.sub(r'$."\1"', header, count=1) if header.startswith("^") else header


@lru_cache(maxsize=1024)
def key_of(header: str) -> str:
    """The key of the object, at its top, under which a header is found."""
    if not is_path(header):
        return header
    first = re.match(_STEP, _inward(header)[1:])
    return "" if first is None else first.group().removeprefix(".").strip('"')


def value_at(header: str, key: str, *, as_json: bool) -> str:
    """SQL: what a path finds in the JSON value ``key`` of its first name, as JSON or as text. Of many values it is a list, as JSON text."""
    header = _inward(header)
    first = re.match(_STEP, header[1:])
    path = f"${header[1 + (0 if first is None else first.end()) :]}"
    found = f"{key}, {literal(path)}"
    if _MANY in path:
        many = f"case when {key} is not null then to_json(json_extract({found})) end"
        return f"to_json(cast({many} as varchar))" if as_json else f"cast({many} as varchar)"
    if as_json:
        return f"case when json_type({found}) <> 'NULL' then json_extract({found}) end"
    return f"json_extract_string({found})"
