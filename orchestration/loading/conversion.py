"""SQL that turns a delivered value into the declared type, and says what is wrong when it does not fit.

Pure: builds expressions from declarations, runs nothing. A value is converted in steps, each a column of its own
(``raw`` → ``parsed`` → ``value``), because the engine's common-subexpression optimizer is off and an expression that
is written twice is computed twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from orchestration.loading.declarations import ColumnDeclaration, FeedDeclaration
from orchestration.loading.declared_formats import with_offset, without_offset
from orchestration.loading.durations import seconds_from_text
from orchestration.loading.results import Refusal
from orchestration.loading.time_zones import is_within, utc_from_local
from orchestration.sql_text import literal, literal_list

# Year, month, day is never in doubt, with either sign between them and with one digit or two; a spreadsheet leaves the seconds out.
_DATE = r"[0-9]{4}(-[0-9]{1,2}-[0-9]{1,2}|/[0-9]{1,2}/[0-9]{1,2})"
_TIME = r"[T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?"
_OFFSET = r"\s*(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
_ISO_NAIVE = rf"\s*{_DATE}({_TIME})?\s*"
_ISO_OFFSET = rf"\s*{_DATE}{_TIME}{_OFFSET}\s*"
_ISO_MIDNIGHT = rf"\s*{_DATE}([T ]0?0:00(:00([.,]0+)?)?({_OFFSET})?)?\s*"
_DATE_OF = "regexp_extract(trim({}), '^[0-9/-]+')"
# Offsets as people write them, in the digits that %z reads: GMT+8 is +08:00, and Z and UTC are +00:00.
_OFFSETS_IN_DIGITS = {
    "(?:GMT|UTC)([+-])([0-9])(:?[0-9]{2})?$": r"\1" + r"0\2\3",
    "(?:GMT|UTC)([+-][0-9])": r"\1",
    "(?:GMT|UTC|Z)$": "+00:00",
}
# Of numbers that are moments: how many digits they may have, and their microseconds.
_EPOCHS = {"epoch_seconds": (12, 1_000_000), "epoch_milliseconds": (15, 1_000)}
# A large number in the notation of spreadsheets, which keeps no more than some digits of it; and any number at all.
_SCIENTIFIC = r"\s*[+-]?([0-9][.,][0-9]+[eE]\+?|[0-9][eE]\+)[0-9]{1,3}\s*"
_ANY_NUMBER = r"\s*[+-]?[0-9]+([.,][0-9]*)?([eE][+-]?[0-9]+)?\s*"
_ROUNDED = " is a number as spreadsheets round it, and the id's other digits are lost; have the column exported as text"
_LATER = (
    " lies more than {} minutes after the delivery of its file: it cannot have happened yet. Have it corrected, "
    "declare it in null_markers where it stands for no moment, or the column as is_plan where it says what is planned"
)
_INEXACT = " is a number that went through a float, and no id that it holds exactly; have the column delivered as text"
# From here on two whole numbers become one float of so many bits.
_INEXACT_FROM = {"DOUBLE": 2**53, "FLOAT": 2**24}
_QUOTE = "'"
_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"})
_FLOATS = frozenset({"FLOAT", "DOUBLE"})
_TIMESTAMPS = frozenset({"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"})


@dataclass(frozen=True)
class Conversion:
    """How one declared column comes to its value. ``raw`` is null where nothing was delivered."""

    column: ColumnDeclaration
    raw: str
    # (name, expression) in order; each may use raw and the steps before it. The last one is the value.
    steps: tuple[tuple[str, str], ...]
    value_name: str
    tolerance_minutes: int = 0
    # Its text may have been a number, which only another reading tells: one with a point or an exponent is left to that.
    is_number_unknown: bool = False

    @property
    def is_wrong(self) -> str:
        """SQL: the value makes its row a reject."""
        tests: list[str] = []
        if self.column.required:
            tests.append(f"{self.value_name} is null")
        elif self.raw not in (self.value_name, "null"):
            tests.append(f"({self.value_name} is null and {self.raw} is not null)")
        if self.column.accepted_values:
            tests.append(f"{self.value_name} not in ({self._accepted()})")
        if self._may_be_rounded:
            tests.append(_is_like(_ANY_NUMBER if self.is_number_unknown else _SCIENTIFIC, self.value_name))
        if self.is_compared:
            tests.append(self._is_later)
        return " or ".join(tests)

    @property
    def finding(self) -> str:
        """SQL: what is wrong with the value as a struct (column_name, reason, detail), null when nothing is."""
        column = self.column
        value = f"left(cast({self.raw} as varchar), 200)"
        shown = literal("the value") if column.pii else f"{literal(_QUOTE)} || {value} || {literal(_QUOTE)}"
        findings: list[tuple[str, str, str]] = []
        if column.required:
            findings.append((f"{self.raw} is null", "required_null", literal("is empty, but required")))
        if self.raw not in (self.value_name, "null"):
            meant = literal(_INEXACT if column.is_id else f" is not {_meaning(column.data_type)}")
            findings.append((f"{self.raw} is not null and {self.value_name} is null", "wrong_type", f"{shown} || {meant}"))
        if column.accepted_values:
            meant = literal(f" is none of the accepted values: {', '.join(column.accepted_values)}")
            findings.append((f"{self.value_name} not in ({self._accepted()})", "value_not_accepted", f"{shown} || {meant}"))
        if self._may_be_rounded:
            findings.append(
                (_is_like(_SCIENTIFIC, self.value_name), "rounded_id", f"{shown.replace(self.raw, self.value_name)} || {literal(_ROUNDED)}")
            )
        if self.is_compared:
            meant = literal(_LATER.format(self.tolerance_minutes))
            findings.append((self._is_later, "later_than_delivery", f"{shown} || {meant}"))
        cases = " ".join(f"when {test} then {_finding(column.name, reason, detail)}" for test, reason, detail in findings)
        return f"case {cases} end" if cases else "null"

    @property
    def is_compared(self) -> bool:
        """Whether the value is compared with the moment of the delivery: the parameter ``$latest``, or ``$latest_on`` of a date."""
        return self.column.is_moment and self.raw != "null"

    @property
    def _is_later(self) -> str:
        return f"{self.value_name} > {'$latest_on' if self.column.data_type == 'date' else '$latest'}"

    @property
    def _may_be_rounded(self) -> bool:
        return self.column.is_id and self.raw != "null"

    def _accepted(self) -> str:
        if self.column.data_type == "integer":
            return ", ".join(str(int(value)) for value in self.column.accepted_values)
        return literal_list(self.column.accepted_values)


def _is_like(number: str, value: str) -> str:
    """SQL: the text is a number with a point or an exponent, of the form ``number``."""
    # A regular expression takes much longer than to see that there is nothing it could match: no digit, sign or space at the beginning
    # (all of them stand before the colon), no plus and no point.
    may_be = f"{value} < ':' and (contains({value}, '+') or contains({value}, '.'))"
    return f"({may_be} and regexp_full_match({value}, {literal(number)}))"


def _finding(column_name: str, reason: str, detail: str) -> str:
    return f"{{'column_name': {literal(column_name)}, 'reason': '{reason}', 'detail': {literal(column_name + ': ')} || {detail}}}"


def _meaning(data_type: str) -> str:
    if data_type.startswith("decimal"):
        return f"a number that fits {data_type}"
    return {
        "integer": "a whole number of 64 bits",
        "seconds": "a duration (whole seconds, or a declared duration format)",
        "double": "a finite number",
        "boolean": "true or false",
        "timestamp": "a timestamp (ISO 8601, or a declared timestamp format)",
        "date": "a date (ISO 8601, or a declared date format)",
        "text": "text",
    }[data_type]


def conversion(
    feed: FeedDeclaration, column: ColumnDeclaration, position: int, raw: str, delivered_type: str, *, thorough: bool
) -> Conversion:
    """The conversion of a delivered column, whose raw value is the SQL name ``raw`` of DuckDB type ``delivered_type``.

    One that is not ``thorough`` knows only the usual spellings and years of timestamps, and is half as long to plan, which is
    what loading a small file costs. What it converts, it converts alike; what it does not know, the thorough one has to judge.
    """
    step = f"step_{position}_"
    if delivered_type == "JSON" and column.is_id:
        expressions = [_id_from_json(raw)]
    elif delivered_type in ("VARCHAR", "JSON"):
        expressions = _from_text(feed, column, raw, step, thorough=thorough, is_json=delivered_type == "JSON")
    else:
        expressions = _from_typed(feed, column, raw, step, delivered_type)
    steps = tuple((f"step_{position}_{number}", expression) for number, expression in enumerate(expressions, start=1))
    value_name = steps[-1][0] if steps else raw
    return Conversion(column=column, raw=raw, steps=steps, value_name=value_name, tolerance_minutes=feed.clock_tolerance_minutes)


def doubting_numbers(made: Conversion) -> Conversion:
    """The conversion of text that may have been a number, for what names something."""
    return replace(made, is_number_unknown=True) if made.column.is_id else made


def missing(column: ColumnDeclaration, position: int) -> Conversion:
    """The conversion of a declared column that the file does not have: null."""
    value_name = f"step_{position}_1"
    return Conversion(column=column, raw="null", steps=((value_name, f"cast(null as {column.sql_type})"),), value_name=value_name)


def _within(data_type: str, value: str) -> str:
    """SQL: the value where it is within range, else null."""
    return f"case when {is_within(data_type, value)} then {value} end"


def _from_text(  # noqa: PLR0911 - one way out for each type
    feed: FeedDeclaration, column: ColumnDeclaration, raw: str, step: str, *, thorough: bool, is_json: bool
) -> list[str]:
    """The steps from delivered text; ``step`` + number names their results."""
    match column.data_type:
        case "text":
            return []
        case "boolean":
            return [f"try_cast({raw} as boolean)"]
        case "seconds":
            return [seconds_from_text(raw, feed.duration_formats)]
        case "date":
            return _date_from_text(feed, raw, step)
        case "timestamp":
            return _timestamp_from_text(feed, raw, step) if thorough else _usual_timestamp(feed, raw, step)
        case _:
            if feed.has_own_signs:
                return [_with_usual_signs(feed, raw, is_json=is_json), *_number_from_text(column.data_type, f"{step}1", f"{step}2")]
            return _number_from_text(column.data_type, raw, f"{step}1")


def _number_from_text(data_type: str, text: str, cast: str) -> list[str]:
    """The steps from a number with the usual signs; ``cast`` names the first of them."""
    if data_type == "integer":
        whole = literal(r"\s*[+-]?[0-9]+(\.0*)?\s*")
        return [
            f"try_cast({text} as bigint)",
            f"case when cast({cast} as varchar) = {text} then {cast} "
            f"when regexp_full_match({text}, {whole}) and (not contains({text}, '.') or {_is_exact('DOUBLE', cast)}) then {cast} end",
        ]
    if data_type == "double":
        return [f"try_cast({text} as double)", f"case when isfinite({cast}) and not contains({text}, '_') then {cast} end"]
    return [f"try_cast({text} as {data_type})", f"case when not contains({text}, '_') then {cast} end"]


# Signs that look alike: spreadsheets write spaces that do not break, and either apostrophe.
_ALIKE = {" ": " \u00a0\u202f\u2009", "'": "'\u2019"}


def _with_usual_signs(feed: FeedDeclaration, raw: str, *, is_json: bool) -> str:
    """SQL: a number with the declared signs in the usual ones, null where its signs stand elsewhere. A number of JSON has its own."""
    text = f"({raw}->>'$')" if is_json else raw
    decimal = f"[{re.escape(feed.decimal_sign)}]"
    whole = "[0-9]+"
    plain = f"trim({text})"
    if feed.thousands_sign is not None:
        thousands = f"[{re.escape(_ALIKE.get(feed.thousands_sign, feed.thousands_sign))}]"
        whole = f"([0-9]{{1,3}}({thousands}[0-9]{{3}})+|[0-9]+)"
        plain = f"regexp_replace({plain}, {literal(thousands)}, '', 'g')"
    form = rf"\s*[+-]?({whole}({decimal}[0-9]*)?|{decimal}[0-9]+)([eE][+-]?[0-9]+)?\s*"
    usual = f"case when regexp_full_match({text}, {literal(form)}) then replace({plain}, {literal(feed.decimal_sign)}, '.') end"
    return f"case when json_type({raw}) = 'VARCHAR' then {usual} else cast({raw} as varchar) end" if is_json else usual


def _date_from_text(feed: FeedDeclaration, raw: str, step: str) -> list[str]:
    is_iso = f"regexp_full_match({raw}, {literal(_ISO_MIDNIGHT)})"
    usual = (
        f"case when {raw} like '____-__-__' then try_cast({raw} as date) when {is_iso} then try_cast({_DATE_OF.format(raw)} as date) end"
    )
    if not feed.date_formats:
        return [usual, _within("date", f"{step}1")]
    # Of a form with a time of day only midnight is a date.
    return [
        usual,
        f"case when {step}1 is null and not {is_iso} then try_strptime(trim({raw}), [{literal_list(feed.date_formats)}]) end",
        f"coalesce({step}1, case when {step}2 = date_trunc('day', {step}2) then cast({step}2 as date) end)",
        _within("date", f"{step}3"),
    ]


# A moment with an offset in its usual spellings, told by shape: a regular expression takes much longer.
_MOMENTS = tuple(f"____-__-_____:__:__%{offset}" for offset in ("Z", "+__:__", "-__:__"))


def _usual_local(raw: str) -> str:
    """SQL: a local time in its usual spelling (date, space or T, hours, minutes, seconds), else null.

    A cast to timestamp passes over an offset, and takes the end of '10:20: 5' or '10:20:5Z' for one. With a fraction put
    behind it, only seconds can stand there. (A two-digit year comes out too early, and falls to the range of years.)
    A cast that fails costs ten times one that succeeds, so what is longer is not tried.
    """
    return f"case when strlen({raw}) <= 19 then try_cast({raw} || '.0' as timestamp) end"


def _usual_timestamp(feed: FeedDeclaration, raw: str, step: str) -> list[str]:
    is_moment = " or ".join(f"{raw} like '{shape}'" for shape in _MOMENTS)
    return [
        _usual_local(raw),
        f"case when {step}1 is null and ({is_moment}) then make_timestamp(epoch_us(try_cast({raw} as timestamptz))) end",
        _in_utc(feed, f"{step}1", f"{step}2", thorough=False),
    ]


def _timestamp_from_text(feed: FeedDeclaration, raw: str, step: str) -> list[str]:
    """Local time in its usual spelling; else a moment with an offset; else local time in a rarer spelling; then all in UTC."""
    naive_formats = without_offset(feed.timestamp_formats)
    offset_formats = with_offset(feed.timestamp_formats)
    is_moment = " or ".join(f"{raw} like '{shape}'" for shape in _MOMENTS)
    # DuckDB reads no comma before the fraction, and no space before the offset; real systems send both.
    tidied = f"regexp_replace(replace({raw}, ',', '.'), '\\s+([Z+-])', '\\1')"
    moment = (
        f"case when {step}1 is not null or {raw} is null then null"
        f" when {is_moment} then make_timestamp(epoch_us(try_cast({tidied} as timestamptz)))"
        f" when regexp_full_match({raw}, {literal(_ISO_OFFSET)}) then make_timestamp(epoch_us(try_cast({tidied} as timestamptz)))"
    )
    for epoch, (digits, microseconds) in _EPOCHS.items():
        if epoch in feed.timestamp_formats:
            number = literal(rf"\s*-?[0-9]{{1,{digits}}}([.][0-9]+)?\s*")
            instant = f"try_cast(round(try_cast({raw} as decimal(24,6)) * {microseconds}) as bigint)"
            moment += f" when regexp_full_match({raw}, {number}) then make_timestamp({instant})"
    if offset_formats:
        in_digits = f"trim({raw})"
        for written, meant in _OFFSETS_IN_DIGITS.items():
            in_digits = f"regexp_replace({in_digits}, {literal(written)}, {literal(meant)})"
        tries = ", ".join(f"make_timestamp(epoch_us(try_strptime({in_digits}, {literal(form)})))" for form in offset_formats)
        moment += f" else coalesce({tries})"
    local = (
        f"case when {step}1 is not null or {step}2 is not null or {raw} is null then {step}1"
        f" when regexp_full_match({raw}, {literal(_ISO_NAIVE)}) then try_cast(replace({raw}, ',', '.') as timestamp)"
    )
    if naive_formats:
        local += f" else try_strptime(trim({raw}), [{literal_list(naive_formats)}])"
    return [
        _usual_local(raw),
        f"{moment} end",
        f"{local} end",
        _in_utc(feed, f"{step}3", f"{step}2", thorough=True),
    ]


def _in_utc(feed: FeedDeclaration, local: str, moment: str, *, thorough: bool) -> str:
    """SQL: a local time in UTC, else a moment that is in UTC already."""
    return (
        f"case when {local} is not null then {utc_from_local(local, feed.time_zone, thorough=thorough)}"
        f" when {is_within('timestamp', moment)} then {moment} end"
    )


def _is_exact(float_type: str, value: str) -> str:
    """SQL: no other whole number becomes the same float."""
    return f"abs({value}) < {_INEXACT_FROM[float_type]}"


def _id_from_json(raw: str) -> str:
    """SQL: the text of a JSON value that names something. A number is one that its float holds exactly, or is written in digits alone."""
    number = f"try_cast({raw} as double)"
    return (
        f"case json_type({raw}) when 'VARCHAR' then {raw}->>'$' when 'DOUBLE' then case "
        f"when regexp_full_match(cast({raw} as varchar), '-?[0-9]+') then cast({raw} as varchar) "
        f"when {number} = trunc({number}) and {_is_exact('DOUBLE', number)} then cast(cast({number} as bigint) as varchar) end "
        f"else cast({raw} as varchar) end"
    )


def _text_from_number(column: ColumnDeclaration, raw: str, delivered_type: str) -> str:
    """SQL: the text of a number. What names something is a whole number, and one that its float holds exactly."""
    whole = f"cast(cast({raw} as hugeint) as varchar)"
    if delivered_type in _FLOATS:
        otherwise = "" if column.is_id else f" else cast({raw} as varchar)"
        return f"case when {_is_exact(delivered_type, raw)} then case when {raw} = trunc({raw}) then {whole}{otherwise} end end"
    if column.is_id and delivered_type.startswith("DECIMAL"):
        return f"case when {raw} = trunc({raw}) then {whole} end"
    return f"cast({raw} as varchar)"


def _from_typed(  # noqa: PLR0911 - one way out for each pair of types
    feed: FeedDeclaration, column: ColumnDeclaration, raw: str, step: str, delivered_type: str
) -> list[str]:
    """The steps from a Parquet column of its own type."""
    target, sql_type = column.data_type, column.sql_type
    is_number = delivered_type in _INTEGERS or delivered_type in _FLOATS or delivered_type.startswith("DECIMAL")
    if target == "text" and is_number:
        return [_text_from_number(column, raw, delivered_type)]
    if target == "text" and (delivered_type in {"BOOLEAN", "DATE", "UUID", "TIME"} or delivered_type.startswith("ENUM")):
        return [f"cast({raw} as varchar)"]
    if target in ("integer", "seconds") and delivered_type in _INTEGERS:
        return [f"try_cast({raw} as bigint)"]
    if target in ("integer", "seconds") and is_number:
        is_exact = f" and {_is_exact(delivered_type, raw)}" if delivered_type in _FLOATS else ""
        return [f"case when {raw} = trunc({raw}){is_exact} then try_cast({raw} as bigint) end"]
    if target.startswith("decimal") and is_number:
        return [f"try_cast({raw} as {sql_type})"]
    if target == "double" and is_number:
        return [f"try_cast({raw} as double)", f"case when isfinite({step}1) then {step}1 end"]
    if target == "boolean" and delivered_type == "BOOLEAN":
        return []
    if target == "boolean" and delivered_type in _INTEGERS:
        return [f"case {raw} when 0 then false when 1 then true end"]
    if target == "timestamp" and delivered_type == "TIMESTAMP WITH TIME ZONE":
        return [f"make_timestamp(epoch_us({raw}))", _within("timestamp", f"{step}1")]
    if target == "timestamp" and (delivered_type in _TIMESTAMPS or delivered_type == "DATE"):
        return [f"try_cast({raw} as timestamp)", utc_from_local(f"{step}1", feed.time_zone)]
    if target == "date" and delivered_type == "DATE":
        return [_within("date", raw)]
    if target == "date" and delivered_type in _TIMESTAMPS:
        return [f"case when {raw} = date_trunc('day', {raw}) then try_cast({raw} as date) end", _within("date", f"{step}1")]
    raise Refusal(
        "wrong_column_type",
        f"column '{column.header}' is {delivered_type}, which cannot become the declared {target}; "
        f"have it delivered as {target} (or as text), or correct data_type in the declaration",
    )
