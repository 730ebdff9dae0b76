"""Headers that are paths into a JSON object: $.customer.email, $."my key", $.tags[*].name. What begins otherwise is a name as it stands.

Pure: builds expressions, runs nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

from orchestration.sql_text import literal

_STEP = r"""\.(?:[A-Za-z_][A-Za-z0-9_-]*|"[^"\\]+")|\[(?:[0-9]+|\*)\]"""
_PATH = re.compile(rf"\$(?:{_STEP})+")
_MANY = "[*]"


def wrong_path(header: str) -> str | None:
    """Why a header that begins like a path is none, and what to do; None: it is one, or a name."""
    if not is_path(header) or (_PATH.fullmatch(header) and header.startswith("$.")):
        return None
    return f"'{header}' begins like a path into JSON and is none; a path is $.name, $.\"a name\".name, $.list[0] or $.list[*].name"


def is_path(header: str) -> bool:
    """Whether a header is meant as a path."""
    return header.startswith("$.") or header.startswith("$[")


@lru_cache(maxsize=1024)
def key_of(header: str) -> str:
    """The key of the object, at its top, under which a header is found."""
    if not is_path(header):
        return header
    first = re.match(_STEP, header[1:])
    return "" if first is None else first.group().removeprefix(".").strip('"')


def value_at(header: str, key: str, *, as_json: bool) -> str:
    """SQL: what a path finds in the JSON value ``key`` of its first name, as JSON or as text. Of many values it is a list, as JSON text."""
    first = re.match(_STEP, header[1:])
    path = f"${header[1 + (0 if first is None else first.end()) :]}"
    found = f"{key}, {literal(path)}"
    if _MANY in path:
        many = f"case when {key} is not null then to_json(json_extract({found})) end"
        return f"to_json(cast({many} as varchar))" if as_json else f"cast({many} as varchar)"
    if as_json:
        return f"case when json_type({found}) <> 'NULL' then json_extract({found}) end"
    return f"json_extract_string({found})"
