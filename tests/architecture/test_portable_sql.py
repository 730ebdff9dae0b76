"""All SQL is written in what DuckDB and Spark both read: models, macros, data tests, and what stands in YAML.

What differs stands in macros/engine, and in variants that dbt picks by their name (``default__…``, ``spark__…``, materializations).
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.described_models import columns_of

PROJECT_ROOT = Path(__file__).resolve().parents[2]
MODEL_FILES = sorted((PROJECT_ROOT / "models").rglob("*.sql"))
MACRO_FILES = sorted(path for path in (PROJECT_ROOT / "macros").rglob("*.sql") if path.parent.name != "engine")
TEST_FILES = sorted((PROJECT_ROOT / "tests" / "data").rglob("*.sql"))
YAML_FILES = sorted(path for folder in ("models", "seeds") for path in (PROJECT_ROOT / folder).rglob("*.yml"))
# What dbt picks by the engine.
OF_ONE_ENGINE = re.compile(
    r"\{%-?\s*macro\s+(?:default|duckdb|spark)__.*?endmacro\s*-?%\}|\{%-?\s*materialization\s.*?endmaterialization\s*-?%\}", re.S
)

# What only one engine knows, or what the two read differently, and what to write instead.
ONE_ENGINE_ONLY = {
    r"\bqualify\b": "a row_number subquery",
    r"\basof\b": "a window function",
    r"::": "cast(x as type)",
    r"\bexclude\s*\(": "columns by name",
    r"\bpivot\b|\bunpivot\b": "one row a branch of a union all",
    r"\[[^\]]*\bfor\b": "a join",
    r"\binterval\s+'?\d": "add_days, add_seconds … of macros/engine",
    r"\b(strftime|strptime|date_format|epoch|epoch_us|unix_micros|list_sort|generate_series|isodow)\s*\(": "a macro of macros/engine",
    r"\b(datediff|date_diff|dateadd|date_add|date_part)\s*\(": "a macro of macros/engine",
    r"\bextract\s*\(\s*(dow|isodow|epoch)": "a macro of macros/engine",
    r"\btry_cast\b": "a macro of macros/engine",
    r"\bat time zone\b": "to_local, to_utc or business_date",
    r"\b(regexp_matches|regexp_like|rlike)\b": "regex_matches",
    r"\bconcat\s*\(": "||",
    r"\b(current_date|current_timestamp|now\s*\(|getdate|today\s*\()": "as_of()",
    r"\blog\s*\(": "ln or log10",
    # Half of the last place of a double goes another way on each engine; that of a decimal does not.
    r"\bround\s*\((?!\s*cast\s*\([^()]*(?:\([^()]*\)[^()]*)*\bas decimal\b)": "rounded, or to_cents of money",
    # Spark has them as aggregates only.
    r"\bfilter\s*\([^()]*(?:\([^()]*\)[^()]*)*\)\s*over\b": "an aggregate of a case over the window",
    r"\bunnest\s*\(": "day_spine or integer_spine",
    r"\bgroup by all\b|\bgroup by \d": "columns by name",
    r'"': "unquoted lower-case names",
    r"\bnulls_last\b": "nulls last",
}
# A macro does not know the columns of every table that it is given.
IN_MODELS_AND_TESTS = {r"\bselect\s+\*|,\s*\*|\w\.\*": "columns by name"}


def sql_of(path: Path) -> str:
    """The SQL in a file: all of it, or what a YAML file says in SQL (a test's condition, rows that a unit test gives or expects)."""
    text = path.read_text(encoding="utf-8")
    return "\n;\n".join(sql_in_yaml(yaml.safe_load(text))) if path.suffix == ".yml" else OF_ONE_ENGINE.sub(" ", text)


def sql_in_yaml(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from sql_in_yaml(item)
    elif isinstance(value, dict):
        if value.get("format") == "sql":
            yield value["rows"]
        for key, item in value.items():
            if key == "config" and isinstance(item.get("where"), str):
                yield item["where"]
            elif key != "meta":
                # What stands in meta is read by DuckDB, whichever engine builds.
                yield from sql_in_yaml(item)


def sql_without_jinja_and_comments(path: Path) -> str:
    text = sql_of(path)
    text = re.sub(r"\{#.*?#\}", " ", text, flags=re.S)
    text = re.sub(r"\{%.*?%\}", " ", text, flags=re.S)
    text = re.sub(r"\{\{.*?\}\}", " jinja ", text, flags=re.S)
    text = re.sub(r"--[^\n]*", " ", text)
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    return re.sub(r"'(?:[^']|'')*'", "''", text).lower()


def without_calls(sql: str) -> str:
    """The SQL less all innermost brackets that hold no ordering of their own, so that a comma separates terms."""
    while True:
        shorter = re.sub(r"\((?:(?!order by)[^()])*\)", " ", sql)
        if shorter == sql:
            return sql
        sql = shorter


@pytest.mark.parametrize("path", [*MODEL_FILES, *MACRO_FILES, *TEST_FILES, *YAML_FILES], ids=lambda path: path.name)
def test_only_sql_that_both_engines_read_is_used(path: Path) -> None:
    sql = sql_without_jinja_and_comments(path)
    patterns = ONE_ENGINE_ONLY if path in MACRO_FILES else ONE_ENGINE_ONLY | IN_MODELS_AND_TESTS
    found = {pattern: instead for pattern, instead in patterns.items() if re.search(pattern, sql)}
    assert not found, f"{path.relative_to(PROJECT_ROOT)}: instead write " + "; ".join(
        f"{instead} (for {pattern})" for pattern, instead in found.items()
    )


@pytest.mark.parametrize("path", [*MODEL_FILES, *MACRO_FILES, *TEST_FILES], ids=lambda path: path.stem)
def test_an_ordering_says_where_nulls_go(path: Path) -> None:
    sql = without_calls(sql_without_jinja_and_comments(path))
    for clause in re.findall(r"order by(.*?)(?:\)|rows between|\Z)", sql, flags=re.S):
        for term in clause.split(","):
            assert "nulls first" in term or "nulls last" in term or term.strip() in {"", "jinja"}, (
                f"{path.stem}: 'order by{clause}' does not say where nulls go"
            )


@cache
def integer_columns_of_contracts() -> frozenset[str]:
    """The columns that any enforced contract declares as the one integer type of the warehouse."""
    marts = [path.stem for path in MODEL_FILES if "marts" in path.parts]
    return frozenset(name for mart in marts for name, data_type in columns_of(mart).items() if data_type == "bigint")


def uncast_numbers(path: Path) -> list[str]:
    """The ranking functions that give a column its value as they are: of one engine a bigint, of the other an int."""
    sql = without_calls(sql_without_jinja_and_comments(path))
    found = re.findall(r"(cast\s*\(\s*)?\b(?:row_number|rank|dense_rank|ntile)\s+over\s+(?:\([^()]*\)|\w+)\s+as\s+(\w+)", sql)
    return [name for cast, name in found if not cast]


@pytest.mark.parametrize("path", [*MODEL_FILES, *MACRO_FILES], ids=lambda path: path.stem)
def test_a_number_of_rows_is_cast_where_a_contract_says_its_type(path: Path) -> None:
    uncast = integer_columns_of_contracts().intersection(uncast_numbers(path))
    assert not uncast, f"{path.relative_to(PROJECT_ROOT)}: cast the row number {', '.join(sorted(uncast))} as type_integer()"


SQL_FILES = [*MODEL_FILES, *sorted((PROJECT_ROOT / "macros").rglob("*.sql"))]
# Numbers that the loader gives.
ORDERED_BY_THEMSELVES = {"_extract_id"}


def ids_ordered_as_text(path: Path) -> list[str]:
    """The ids of any ordering, or of the choice of a first or last value, before which no id_order says in which order they come."""
    text = re.sub(r"\{\{ *id_order\(.*?\) *\}\}", "numbered_order", path.read_text(encoding="utf-8"))
    sql = re.sub(r"--[^\n]*|\{#.*?#\}", " ", text, flags=re.S).lower()
    found = re.findall(r"\b(?:arg_)?(?:max|min)_?(?:by)?\([^()]*,\s*(?:\w+\.)?(\w+_(?:key|id))\s*\)", sql)
    for clause in re.findall(r"order by(.*?)(?:\)|rows between|\Z)", without_calls(sql), flags=re.S):
        terms = [re.sub(r"\s+(asc|desc|nulls (first|last))\b", "", term).split(".")[-1].strip() for term in clause.split(",")]
        for before, term in zip(["", *terms], terms, strict=False):
            if re.search(r"_(key|id)$", term) and term not in ORDERED_BY_THEMSELVES and not before.endswith("_order"):
                found.append(term)
    return found


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: path.stem)
def test_ids_are_ordered_as_numbers_before_they_are_ordered_as_text(path: Path) -> None:
    assert ids_ordered_as_text(path) == [], f"{path.relative_to(PROJECT_ROOT)}: put id_order of the id before it in the order by"


@pytest.mark.parametrize(
    ("sql", "is_in_order"),
    [
        ("row_number() over (partition by a.x_key order by a.y_at nulls last, a.x_key nulls last)", False),
        ("row_number() over (order by a.y_at asc nulls last, a.x_id desc nulls last)", False),
        ("max_by(a.status, a.event_key)", False),
        ("row_number() over (order by {{ id_order('a.x_key') }} nulls last, a.x_key nulls last)", True),
        ("row_number() over (order by a.event_order nulls last, a.event_key nulls last)", True),
        ("max_by(a.status, a.change_number)", True),
        ("row_number() over (partition by a.x_key order by a.y_at nulls last)", True),
        ("row_number() over (order by versions._extract_id desc, versions._line desc)", True),
    ],
)
def test_an_ordering_by_a_plain_id_is_found(tmp_path: Path, sql: str, is_in_order: bool) -> None:
    model = tmp_path / "model.sql"
    model.write_text(f"select {sql} as place from a", encoding="utf-8")
    assert (ids_ordered_as_text(model) == []) == is_in_order


@pytest.mark.parametrize(
    ("sql", "is_portable"),
    [
        ("select a::int from b", False),
        ("select cast(a as int) as a from b", True),
        ("select b.a from b qualify row_number() over (order by a) = 1", False),
        ("select b.a + interval 1 day as c from b", False),
        ("select * from b", False),
        ("select round(b.a, 6) as a from b", False),
        ("select round(cast(b.a as decimal(38, 9)) * b.c, 6) as a from b", True),
        ("select {{ rounded('b.a', 6) }} as a from b", True),
        ("select count(*) filter (where b.a is null) over (order by b.c nulls last) as a from b", False),
        ("select count(*) filter (where b.a is null) as a from b", True),
        ("select unnest(b.a) as a from b", False),
        ("{% macro default__a() %}unnest(b.a){% endmacro %} {% macro a() %}b.a{% endmacro %}", True),
        ("{% macro default__a() %}b.a{% endmacro %} {% macro a() %}unnest(b.a){% endmacro %}", False),
        ("select round(cast(b.a as double) * b.c, 2) as a from b", False),
        ("select {{ to_cents('b.a') }} as a from b", True),
        ("select count(*) as row_count from b", True),
        ("select current_date as today from b", False),
    ],
)
def test_the_list_of_one_engine_constructs_catches_what_it_names(tmp_path: Path, sql: str, is_portable: bool) -> None:
    model = tmp_path / "model.sql"
    model.write_text(sql, encoding="utf-8")
    text = sql_without_jinja_and_comments(model)
    assert (not any(re.search(pattern, text) for pattern in ONE_ENGINE_ONLY | IN_MODELS_AND_TESTS)) == is_portable


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("data_tests: [{not_null: {config: {where: 'a::int > 1'}}}]", ["a::int > 1"]),
        ("unit_tests: [{expect: {format: sql, rows: select unnest(a)}}]", ["select unnest(a)"]),
        ("models: [{config: {meta: {where: 'a::int > 1'}}}]", []),
        ("models: [{description: 'a::int'}]", []),
    ],
)
def test_sql_in_yaml_is_found(text: str, found: list[str]) -> None:
    assert list(sql_in_yaml(yaml.safe_load(text))) == found


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("select row_number() over (partition by abs(b.a) order by b.c nulls last) as place from b", ["place"]),
        ("select cast(row_number() over (order by b.c nulls last) as {{ type_integer() }}) as place from b", []),
    ],
)
def test_an_uncast_row_number_is_found(tmp_path: Path, sql: str, found: list[str]) -> None:
    model = tmp_path / "model.sql"
    model.write_text(sql, encoding="utf-8")
    assert uncast_numbers(model) == found
