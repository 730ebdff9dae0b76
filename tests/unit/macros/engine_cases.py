"""The case table of macros/engine and macros/keys: what each must give, whichever engine runs it. Runs nothing itself."""

import datetime as dt
from decimal import Decimal
from typing import Any

NEW_YORK = "\"'America/New_York'\""
SHANGHAI = "\"'Asia/Shanghai'\""
SAO_PAULO = "\"'America/Sao_Paulo'\""
LORD_HOWE = "\"'Australia/Lord_Howe'\""
APIA = "\"'Pacific/Apia'\""


def at(text: str) -> str:
    """A timestamp literal as the argument of a macro."""
    return f"\"cast('{text}' as timestamp)\""


def on(text: str) -> str:
    """A date literal as the argument of a macro."""
    return f"\"cast('{text}' as date)\""


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


NO_MOMENT = '"cast(null as timestamp)"'
NO_TEXT = "'cast(null as ' ~ type_text() ~ ')'"
NO_DATE = '"cast(null as date)"'
FOUR_DOUBLES = ", ".join(f"(cast({number} as {{{{ type_double() }}}}))" for number in (3830, 10, 920, 20))

# Of each macro: an SQL expression with calls of it, and what it must be.
CASES: dict[str, list[tuple[str, Any]]] = {
    "type_text": [("cast(1 as {{ type_text() }})", "1")],
    "type_integer": [("cast('9007199254740993' as {{ type_integer() }})", 9007199254740993)],
    "type_double": [("cast('0.5' as {{ type_double() }})", 0.5)],
    "type_timestamp": [("cast('2024-01-01 00:00:00.123456' as {{ type_timestamp() }})", moment("2024-01-01 00:00:00.123456"))],
    "type_date": [("cast('2024-01-01' as {{ type_date() }})", dt.date(2024, 1, 1))],
    "type_boolean": [("cast('true' as {{ type_boolean() }})", True)],
    "type_money": [("cast(9999999999999999.99 as {{ type_money() }})", Decimal("9999999999999999.99"))],
    "json_text": [
        (r"""{{ json_text("'{\"a\":\"b\"}'", "'a'") }}""", "b"),
        (r"""{{ json_text("'{\"1~/x #y\":\"b\"}'", "'1~/x #y'") }}""", "b"),
        (r"""{{ json_text("'{\"a\":\"b\"}'", "'b'") }}""", None),
        ("""{{ json_text("'{}'", "'b'") }}""", None),
    ],
    "json_elements": [("""{{ json_elements("'[11]'") }}""", "11"), (r"""{{ json_elements("'[\"x y\"]'") }}""", "x y")],
    "safe_divide": [
        ("{{ safe_divide(1, 2) }}", 0.5),
        ("{{ safe_divide('cast(1 as decimal(18, 2))', 'cast(3 as decimal(18, 2))') }}", 1 / 3),
        ("{{ safe_divide(0, 2) }}", 0.0),
        ("{{ safe_divide(1, 0) }}", None),
        ("{{ safe_divide(0, '0.0') }}", None),
        ("{{ safe_divide('null', 2) }}", None),
        ("{{ safe_divide(1, 'null') }}", None),
    ],
    "rounded": [
        # As doubles, 1.005 is a hair less than it says and 0.1234565 a hair more.
        ("{{ rounded('cast(1.005 as ' ~ type_double() ~ ')', 2) }}", 1.01),
        ("{{ rounded('cast(1.00499 as ' ~ type_double() ~ ')', 2) }}", 1.0),
        ("{{ rounded('cast(-1.005 as ' ~ type_double() ~ ')', 2) }}", -1.01),
        ("{{ rounded('cast(0.1234565 as ' ~ type_double() ~ ')', 6) }}", 0.123457),
        ("{{ rounded('cast(2.5 as ' ~ type_double() ~ ')', 0) }}", 3.0),
        ("{{ rounded('cast(2.499 as ' ~ type_double() ~ ')', 0) }}", 2.0),
        ("{{ rounded('cast(null as ' ~ type_double() ~ ')', 2) }}", None),
    ],
    "microseconds_between": [
        (f"{{{{ microseconds_between({at('2024-01-01 00:00:00')}, {at('2024-01-01 00:00:00.000001')}) }}}}", 1),
        (f"{{{{ microseconds_between({at('2024-01-02 00:00:00')}, {at('2024-01-01 00:00:00')}) }}}}", -86_400_000_000),
        (f"{{{{ microseconds_between({at('1900-01-01 00:00:00')}, {at('2100-01-01 00:00:00')}) }}}}", 73_049 * 86_400_000_000),
        (f"{{{{ microseconds_between({NO_MOMENT}, {at('2024-01-01 00:00:00')}) }}}}", None),
    ],
    "hours_between": [
        (f"{{{{ hours_between({at('2024-02-28 12:00:00')}, {at('2024-03-01 00:00:00')}) }}}}", 36.0),
        # Not 1, which the engines' own date differences say: they count the turns of the hour.
        (f"{{{{ hours_between({at('2024-01-01 00:59:59')}, {at('2024-01-01 01:00:00')}) }}}}", 1 / 3600),
        (f"{{{{ hours_between({at('2024-01-01 01:00:00')}, {at('2024-01-01 00:30:00')}) }}}}", -0.5),
        # The clocks of New York went forward in between; the moments are UTC, so no hour is missing.
        (f"{{{{ hours_between({at('2024-03-10 06:30:00')}, {at('2024-03-10 07:30:00')}) }}}}", 1.0),
        (f"{{{{ hours_between({on('2024-01-01')}, {at('2024-01-01 01:00:00')}) }}}}", 1.0),
        (f"{{{{ hours_between({NO_MOMENT}, {at('2024-01-01 00:00:00')}) }}}}", None),
    ],
    "days_between": [
        (f"{{{{ days_between({on('2024-02-28')}, {on('2024-03-01')}) }}}}", 2),
        (f"{{{{ days_between({on('2023-02-28')}, {on('2023-03-01')}) }}}}", 1),
        (f"{{{{ days_between({on('2024-03-01')}, {on('2024-02-28')}) }}}}", -2),
        (f"{{{{ days_between({at('2024-01-01 23:59:59')}, {at('2024-01-02 00:00:00')}) }}}}", 1),
        (f"{{{{ days_between({NO_DATE}, {on('2024-01-01')}) }}}}", None),
    ],
    "add_microseconds": [
        (f"{{{{ add_microseconds({at('2024-01-01 00:00:00')}, 1) }}}}", moment("2024-01-01 00:00:00.000001")),
        (f"{{{{ add_microseconds({NO_MOMENT}, 1) }}}}", None),
    ],
    "add_seconds": [
        (f"{{{{ add_seconds({at('2023-12-31 23:59:59.25')}, 1) }}}}", moment("2024-01-01 00:00:00.25")),
        (f"{{{{ add_seconds({at('2024-01-01 00:00:00')}, -1) }}}}", moment("2023-12-31 23:59:59")),
        (f"{{{{ add_seconds({at('2024-01-01 00:00:00')}, '1 + 1') }}}}", moment("2024-01-01 00:00:02")),
        (f"{{{{ add_seconds({at('2024-01-01 00:00:00')}, 'null') }}}}", None),
        (f"{{{{ add_seconds({NO_MOMENT}, 1) }}}}", None),
    ],
    "add_days": [
        (f"{{{{ add_days({at('2024-02-28 12:00:00')}, 2) }}}}", moment("2024-03-01 12:00:00")),
        (f"{{{{ add_days({on('2024-01-01')}, -1) }}}}", moment("2023-12-31 00:00:00")),
        (f"{{{{ add_days({NO_MOMENT}, 1) }}}}", None),
    ],
    "add_days_to_date": [
        (f"{{{{ add_days_to_date({on('2024-02-28')}, 2) }}}}", dt.date(2024, 3, 1)),
        (f"{{{{ add_days_to_date({on('2024-01-01')}, -1) }}}}", dt.date(2023, 12, 31)),
        (f"{{{{ add_days_to_date({on('2024-01-01')}, 'cast(1 as bigint)') }}}}", dt.date(2024, 1, 2)),
        (f"{{{{ add_days_to_date({NO_DATE}, 1) }}}}", None),
    ],
    "add_months_to_date": [
        (f"{{{{ add_months_to_date({on('2024-01-31')}, 1) }}}}", dt.date(2024, 2, 29)),
        (f"{{{{ add_months_to_date({on('2023-01-31')}, 1) }}}}", dt.date(2023, 2, 28)),
        (f"{{{{ add_months_to_date({on('2024-02-29')}, 1) }}}}", dt.date(2024, 3, 29)),
        (f"{{{{ add_months_to_date({on('2024-02-29')}, -12) }}}}", dt.date(2023, 2, 28)),
        (f"{{{{ add_months_to_date({NO_DATE}, 1) }}}}", None),
    ],
    "to_local": [
        (f"{{{{ to_local({at('2024-01-01 16:00:00')}, {SHANGHAI}) }}}}", moment("2024-01-02 00:00:00")),
        # New York, spring: the second before and the second of the jump from 02:00 to 03:00.
        (f"{{{{ to_local({at('2024-03-10 06:59:59')}, {NEW_YORK}) }}}}", moment("2024-03-10 01:59:59")),
        (f"{{{{ to_local({at('2024-03-10 07:00:00')}, {NEW_YORK}) }}}}", moment("2024-03-10 03:00:00")),
        # New York, autumn: 01:30 comes twice.
        (f"{{{{ to_local({at('2024-11-03 05:30:00')}, {NEW_YORK}) }}}}", moment("2024-11-03 01:30:00")),
        (f"{{{{ to_local({at('2024-11-03 06:30:00')}, {NEW_YORK}) }}}}", moment("2024-11-03 01:30:00")),
        (f"{{{{ to_local({at('2024-06-01 11:30:00')}, {APIA}) }}}}", moment("2024-06-02 00:30:00")),
        (f"{{{{ to_local({at('2024-01-01 00:00:00.123456')}, {SHANGHAI}) }}}}", moment("2024-01-01 08:00:00.123456")),
        (f"{{{{ to_local({NO_MOMENT}, {SHANGHAI}) }}}}", None),
        (f"{{{{ to_local({at('2024-01-01 00:00:00')}, {NO_TEXT}) }}}}", None),
    ],
    "to_utc": [
        (f"{{{{ to_utc({at('2024-01-02 00:00:00')}, {SHANGHAI}) }}}}", moment("2024-01-01 16:00:00")),
        # New York, autumn: 01:30 comes twice and is its first coming; 00:59:59 and 02:00 come once.
        (f"{{{{ to_utc({at('2024-11-03 00:59:59')}, {NEW_YORK}) }}}}", moment("2024-11-03 04:59:59")),
        (f"{{{{ to_utc({at('2024-11-03 01:00:00')}, {NEW_YORK}) }}}}", moment("2024-11-03 05:00:00")),
        (f"{{{{ to_utc({at('2024-11-03 01:59:59')}, {NEW_YORK}) }}}}", moment("2024-11-03 05:59:59")),
        (f"{{{{ to_utc({at('2024-11-03 02:00:00')}, {NEW_YORK}) }}}}", moment("2024-11-03 07:00:00")),
        # New York, spring: 02:30 never comes and is read as if the clocks had not jumped yet.
        (f"{{{{ to_utc({at('2024-03-10 01:59:59')}, {NEW_YORK}) }}}}", moment("2024-03-10 06:59:59")),
        (f"{{{{ to_utc({at('2024-03-10 02:30:00')}, {NEW_YORK}) }}}}", moment("2024-03-10 07:30:00")),
        (f"{{{{ to_utc({at('2024-03-10 03:00:00')}, {NEW_YORK}) }}}}", moment("2024-03-10 07:00:00")),
        # São Paulo changed its clocks at midnight: the hour before it came twice, the hour after it did not come.
        (f"{{{{ to_utc({at('2018-02-17 23:05:57')}, {SAO_PAULO}) }}}}", moment("2018-02-18 01:05:57")),
        (f"{{{{ to_utc({at('2018-02-18 00:00:00')}, {SAO_PAULO}) }}}}", moment("2018-02-18 03:00:00")),
        (f"{{{{ to_utc({at('2017-10-15 00:00:00')}, {SAO_PAULO}) }}}}", moment("2017-10-15 03:00:00")),
        # Lord Howe shifts by half an hour.
        (f"{{{{ to_utc({at('2024-04-07 01:45:00')}, {LORD_HOWE}) }}}}", moment("2024-04-06 14:45:00")),
        (f"{{{{ to_utc({at('2024-04-07 02:15:00')}, {LORD_HOWE}) }}}}", moment("2024-04-06 15:45:00")),
        (f"{{{{ to_utc({at('2024-06-02 00:30:00')}, {APIA}) }}}}", moment("2024-06-01 11:30:00")),
        (f"{{{{ to_utc({at('2024-01-01 08:00:00.123456')}, {SHANGHAI}) }}}}", moment("2024-01-01 00:00:00.123456")),
        (f"{{{{ to_utc({NO_MOMENT}, {SHANGHAI}) }}}}", None),
        (f"{{{{ to_utc({at('2024-01-01 00:00:00')}, {NO_TEXT}) }}}}", None),
    ],
    "business_time_zone": [("{{ business_time_zone() }}", "Asia/Shanghai")],
    "business_date": [
        (f"{{{{ business_date({at('2024-01-01 15:59:59.999999')}) }}}}", dt.date(2024, 1, 1)),
        (f"{{{{ business_date({at('2024-01-01 16:00:00')}) }}}}", dt.date(2024, 1, 2)),
        (f"{{{{ business_date({NO_MOMENT}) }}}}", None),
    ],
    "epoch_seconds": [
        (f"{{{{ epoch_seconds({at('1970-01-01 00:00:00')}) }}}}", 0),
        (f"{{{{ epoch_seconds({at('2024-01-01 00:00:00.999999')}) }}}}", 1_704_067_200),
        (f"{{{{ epoch_seconds({at('1969-12-31 23:59:59.5')}) }}}}", -1),
        (f"{{{{ epoch_seconds({NO_MOMENT}) }}}}", None),
    ],
    "iso_day_of_week": [
        (f"{{{{ iso_day_of_week({on('2024-01-01')}) }}}}", 1),
        (f"{{{{ iso_day_of_week({on('2024-01-07')}) }}}}", 7),
        (f"{{{{ iso_day_of_week({at('2024-01-07 23:59:59')}) }}}}", 7),
        (f"{{{{ iso_day_of_week({NO_DATE}) }}}}", None),
    ],
    "day_spine": [
        (f"(select count(*) from ({{{{ day_spine({on('2024-02-28')}, {on('2024-03-01')}) }}}}) as days)", 3),
        (f"(select min(days.day_on) from ({{{{ day_spine({on('2024-02-28')}, {on('2024-03-01')}) }}}}) as days)", dt.date(2024, 2, 28)),
        (f"(select max(days.day_on) from ({{{{ day_spine({on('2024-02-28')}, {on('2024-03-01')}) }}}}) as days)", dt.date(2024, 3, 1)),
        (f"(select count(*) from ({{{{ day_spine({on('2024-03-01')}, {on('2024-03-01')}) }}}}) as days)", 1),
        (f"(select count(*) from ({{{{ day_spine({on('2024-03-02')}, {on('2024-03-01')}) }}}}) as days)", 0),
        (f"(select count(*) from ({{{{ day_spine({NO_DATE}, {on('2024-03-01')}) }}}}) as days)", 0),
    ],
    "integer_spine": [
        ("(select sum(spine.number) from ({{ integer_spine(-1, 3) }}) as spine)", 5),
        ("(select count(*) from ({{ integer_spine(3, 3) }}) as spine)", 1),
        ("(select count(*) from ({{ integer_spine(3, 2) }}) as spine)", 0),
        ("(select count(*) from ({{ integer_spine('null', 2) }}) as spine)", 0),
    ],
    "regex_matches": [
        ("""{{ regex_matches("'order 17'", '[0-9]+$') }}""", True),
        ("""{{ regex_matches("'order'", '[0-9]+') }}""", False),
        ("""{{ regex_matches("'a.b'", 'a[.]b') }}""", True),
        (f"{{{{ regex_matches({NO_TEXT}, 'a') }}}}", None),
    ],
    "hash_text": [
        ("""{{ hash_text("'abc'") }}""", "900150983cd24fb0d6963f7d28e17f72"),
        ("""{{ hash_text("'售后'") }}""", "59bd68972f19f86ff8be446f9751cb70"),
        (f"{{{{ hash_text({NO_TEXT}) }}}}", None),
    ],
    "id_order": [
        ("""{{ id_order("'shop:999'") }} < {{ id_order("'shop:1000'") }}""", True),
        ("""{{ id_order("'9'") }} < {{ id_order("'10'") }}""", True),
        ("""{{ id_order("'007'") }} < {{ id_order("'8'") }}""", True),
        ("""{{ id_order("'7'") }} = {{ id_order("'007'") }}""", True),
        # Numbers behind a name, in the middle, several of them, and longer than any integer type.
        ("""{{ id_order("'E9'") }} < {{ id_order("'E10'") }}""", True),
        ("""{{ id_order("'9|reply'") }} < {{ id_order("'10|reply'") }}""", True),
        ("""{{ id_order("'o10|9'") }} < {{ id_order("'o10|10'") }}""", True),
        ("""{{ id_order("'o9|10'") }} < {{ id_order("'o10|9'") }}""", True),
        ("""{{ id_order("'99999999999999999999999999999999'") }} < {{ id_order("'100000000000000000000000000000000'") }}""", True),
        # Ids without a number stay as they are, and so do the names before one.
        ("""{{ id_order("'abc'") }}""", "abc"),
        ("""{{ id_order("'a10'") }} < {{ id_order("'b9'") }}""", True),
        (f"{{{{ id_order({NO_TEXT}) }}}}", None),
    ],
    "sorted_text_list": [
        ("(select {{ sorted_text_list('v.x', ', ') }} from (values ('b'), ('a'), ('b'), (null)) as v (x))", "a, b"),
        ("(select {{ sorted_text_list('v.x', ', ') }} from (values (cast(null as {{ type_text() }}))) as v (x))", None),
    ],
    "row_hash": [
        ("""{{ row_hash(["'a'", 'cast(1 as bigint)']) }} = {{ row_hash(["'a'", 'cast(1 as bigint)']) }}""", True),
        # Values have their places, and a null is a value of its own.
        ("""{{ row_hash(["'a'", "'b'"]) }} = {{ row_hash(["'b'", "'a'"]) }}""", False),
        (f"""{{{{ row_hash([{NO_TEXT}, "'a'"]) }}}} = {{{{ row_hash(["'a'", {NO_TEXT}]) }}}}""", False),
        (f"""{{{{ row_hash(["'a'", {NO_TEXT}]) }}}} = {{{{ row_hash(["'a'", "''"]) }}}}""", False),
        (f"{{{{ row_hash([{NO_TEXT}]) }}}} is not null", True),
        ("cast({{ row_hash([\"'a'\"]) }} as decimal(38, 0)) is not null", True),
    ],
    "whole_row_hash": [
        (
            " = ".join(f"(select {{{{ whole_row_hash('r') }}}} from (select {values}) as r)" for values in (one, other)),
            is_equal,
        )
        for one, other, is_equal in (
            ("'a' as a, 'b' as b", "'a' as a, 'b' as b", True),
            ("'a' as a, 'b' as b", "'b' as a, 'a' as b", False),
            ("cast(null as {{ type_text() }}) as a, 'a' as b", "cast(null as {{ type_text() }}) as a, 'a' as b", True),
            ("cast(null as {{ type_text() }}) as a, 'a' as b", "'a' as a, cast(null as {{ type_text() }}) as b", False),
        )
    ],
    "quantile_list": [
        (f"(select {{{{ list_element(quantile_list('v.x', [0.5, 0.9]), {position}) }}}} from (values {values}) as v (x))", expected)
        for values, position, expected in (
            # 10, 20, 920, 3830: halfway between the two in the middle, and seven tenths of the way between the last two.
            (FOUR_DOUBLES, 1, 470.0),
            (FOUR_DOUBLES, 2, 2957.0),
            # A null is no value; one value is every quantile; of none there is none.
            ("(cast(3 as {{ type_double() }})), (null), (cast(1 as {{ type_double() }}))", 1, 2.0),
            ("(cast(7 as {{ type_double() }}))", 2, 7.0),
            ("(cast(null as {{ type_double() }}))", 1, None),
        )
    ],
    "list_element": [
        ("(select {{ list_element(quantile_list('v.x', [0.9, 0.5]), 1) }} from (values " + FOUR_DOUBLES + ") as v (x))", 2957.0),
        ("(select {{ list_element(quantile_list('v.x', [0.9, 0.5]), 2) }} from (values " + FOUR_DOUBLES + ") as v (x))", 470.0),
    ],
    "entity_key": [
        ("""{{ entity_key('olist', ["'17'"]) }}""", "olist:17"),
        ("""{{ entity_key('olist', ["'0017'"]) }}""", "olist:0017"),
        ("""{{ entity_key('contract', ["'o1'", 'cast(2 as bigint)']) }}""", "contract:o1|2"),
        (
            """{{ entity_key('contract', ["'a1'", "cast('2024-01-01 08:00:00' as timestamp)"]) }}""",
            "contract:a1|2024-01-01 08:00:00",
        ),
        ("""{{ entity_key('contract', ["'o1'", 'cast(null as bigint)']) }}""", None),
        (f"{{{{ entity_key('contract', [{NO_TEXT}]) }}}}", None),
    ],
}
NUMBERED = [(macro, number, expected) for macro, cases in CASES.items() for number, (_, expected) in enumerate(cases)]


def cases_as_one_row(macro: str) -> str:
    """A select of all cases of a macro as columns of one row, so that the type of each is its own. Jinja is still in it."""
    columns = [f"    {expression} as case_{number}" for number, (expression, _) in enumerate(CASES[macro])]
    return "select\n" + ",\n".join(columns) + "\n"


def assert_is(found: object, expected: object, case: str) -> None:
    """Equal in value and in type; a double to the last digits that an engine may differ in."""
    if isinstance(expected, float):
        assert isinstance(found, float), case
        assert abs(found - expected) <= 1e-12 * max(1.0, abs(expected)), case
    else:
        assert (type(found), found) == (type(expected), expected), case
