"""How long something took, as text: which forms may be declared, and the SQL that makes whole seconds of them.

A form is text with %H, %M and %S (and %D for days of 24 hours), each any number of digits: 2分3秒 is %M分%S秒. A whole number by itself
is seconds.
"""

from __future__ import annotations

import re

from orchestration.sql_text import literal

_SECONDS_OF = {"D": 86_400, "H": 3_600, "M": 60, "S": 1}
_DIRECTIVE = re.compile("%(.?)", re.DOTALL)
# More digits are no time that anything took, and would not fit.
_DIGITS = "([0-9]{1,9})"
_WHOLE = r"\s*[0-9]{1,15}\s*"


def wrong_duration(form: str) -> str | None:
    """Why a form cannot be declared, and what to do; None: it can."""
    used = _DIRECTIVE.findall(form)
    unknown = [directive for directive in used if directive not in _SECONDS_OF]
    if unknown:
        return f"the form '{form}' has %{unknown[0]}; a duration is made of %D, %H, %M and %S"
    if not used:
        return f"the form '{form}' says no time; it is made of %D, %H, %M and %S, such as %M分%S秒 or %H:%M:%S"
    if len(set(used)) < len(used):
        return f"the form '{form}' says the same part twice; name each once"
    if re.search("%.%", form):
        return f"the form '{form}' leaves open where one part ends; have a sign between two of them"
    return None


def seconds_from_text(text: str, forms: tuple[str, ...]) -> str:
    """SQL: the seconds of a text, null where it is of no declared form."""
    cases = [f"when regexp_full_match({text}, {literal(_WHOLE)}) then try_cast({text} as bigint)"]
    for form in forms:
        literals = re.split("%.", form)
        pattern = _DIGITS.join(map(re.escape, literals))
        parts = [
            f"{_SECONDS_OF[directive]} * cast(regexp_extract({text}, {literal(pattern)}, {number}) as bigint)"
            for number, directive in enumerate(_DIRECTIVE.findall(form), start=1)
        ]
        whole = rf"\s*{pattern}\s*"
        cases.append(f"when regexp_full_match({text}, {literal(whole)}) then {' + '.join(parts)}")
    return f"case {' '.join(cases)} end"
