"""Which formats of moments and dates may be declared: every directive that is taken is read as it is meant, and any other is refused.

Reading by them is ``conversion``'s.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_DIRECTIVE = re.compile(r"%(-?.)?", re.DOTALL)
_YEARS, _HALF_DAYS = frozenset("yY"), frozenset({"I", "-I"})
_MONTHS, _DAYS = frozenset({"m", "-m", "b", "B"}), frozenset({"d", "-d"})
_DAYS_OF_YEAR = frozenset({"j", "-j"})
_OFFSET = "z"
# Numbers instead of texts: seconds, or thousandths of one, since 1970 began in UTC.
EPOCHS = frozenset({"epoch_seconds", "epoch_milliseconds"})
_TIMES = frozenset({"H", "-H", "I", "-I", "M", "-M", "S", "-S", "f", "g", "p"})
_TAKEN = _YEARS | _MONTHS | _DAYS | _DAYS_OF_YEAR | _TIMES | {_OFFSET, "a", "A", "%"}
_WEEK = "a week and a weekday are no day that all count alike: have the date delivered"
_WRITTEN_OUT = "it is written otherwise in each country: write it out, such as %Y-%m-%d or %H:%M:%S"
_WHY_NOT = {
    "Z": "the name of a zone stands for several (CST is Chicago's and China's): declare time_zone, or have offsets delivered and say %z",
    "s": "seconds since 1970 are a number: say epoch_seconds (or epoch_milliseconds) in place of the format",
    "n": "billionths of a second are not kept: say %f, which takes up to six digits",
    **dict.fromkeys(("c", "x", "X", "D", "F", "T", "R", "r"), _WRITTEN_OUT),
    **dict.fromkeys(("U", "W", "V", "G", "u", "w"), _WEEK),
}


def wrong_format(form: str, *, is_date: bool) -> str | None:
    """Why a format cannot be declared, and what to do; None: it can."""
    told = f"the format '{form}'"
    if form in EPOCHS:
        return f"{told} says a moment and no date; declare the column as timestamp" if is_date else None
    used = directives(form)
    for directive in used:
        if directive not in _TAKEN:
            why = _WHY_NOT.get(directive, f"it is no directive; there are {', '.join(f'%{each}' for each in sorted(_TAKEN))}")
            return f"{told} has %{directive}: {why}"
    if not _YEARS & used or not (_DAYS_OF_YEAR & used or (_MONTHS & used and _DAYS & used)):
        return f"{told} names no whole date: it takes a year (%Y, %y), and a month (%m, %b, %B) with a day (%d) or the day of the year (%j)"
    if bool(_HALF_DAYS & used) != ("p" in used):
        return f"{told} leaves open whether it is morning: %I and %p go together, and %H without them"
    if is_date and _OFFSET in used:
        return f"{told} has %z: a date has no offset; declare the column as timestamp"
    return None


def directives(form: str) -> set[str]:
    """The directives of a format, without their percent sign; a percent sign that stands for itself is ``%``."""
    return {found.group(1) or "" for found in _DIRECTIVE.finditer(form)}


def with_offset(formats: Sequence[str]) -> list[str]:
    """Those of ``formats`` that read an offset."""
    return [form for form in formats if _OFFSET in directives(form)]


def without_offset(formats: Sequence[str]) -> list[str]:
    """Those of ``formats`` that read what clocks showed."""
    return [form for form in formats if form not in EPOCHS and _OFFSET not in directives(form)]
