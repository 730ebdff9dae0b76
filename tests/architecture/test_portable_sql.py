"""Models are written in the SQL that DuckDB and Spark both read; what differs stands in macros/engine."""

import re
from pathlib import Path

import pytest

PROJECT_ROOT = Path(__file__).resolve().parents[2]
MODEL_FILES = sorted((PROJECT_ROOT / "models").rglob("*.sql"))

# What only one engine knows, or what the two read differently, and what to write instead.
ONE_ENGINE_ONLY = {
    r"\bqualify\b": "a row_number subquery",
    r"\basof\b": "a window function",
    r"::": "cast(x as type)",
    r"\bselect\s+\*|,\s*\*|\w\.\*": "columns by name",
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
    # Half a cent of a double goes another way on each engine.
    r"\bround\s*\([^()]*,\s*2\s*\)|\bround\s*\((?:[^()]|\([^()]*\))*,\s*2\s*\)": "to_cents",
    r"\bgroup by all\b|\bgroup by \d": "columns by name",
    r'"': "unquoted lower-case names",
    r"\bnulls_last\b": "nulls last",
}


def sql_without_jinja_and_comments(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
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


@pytest.mark.parametrize("path", MODEL_FILES, ids=lambda path: path.stem)
def test_a_model_uses_only_sql_that_both_engines_read(path: Path) -> None:
    sql = sql_without_jinja_and_comments(path)
    found = {pattern: instead for pattern, instead in ONE_ENGINE_ONLY.items() if re.search(pattern, sql)}
    assert not found, f"{path.relative_to(PROJECT_ROOT)}: instead write " + "; ".join(
        f"{instead} (for {pattern})" for pattern, instead in found.items()
    )


@pytest.mark.parametrize("path", MODEL_FILES, ids=lambda path: path.stem)
def test_an_ordering_says_where_nulls_go(path: Path) -> None:
    sql = without_calls(sql_without_jinja_and_comments(path))
    for clause in re.findall(r"order by(.*?)(?:\)|rows between|\Z)", sql, flags=re.S):
        for term in clause.split(","):
            assert "nulls first" in term or "nulls last" in term or term.strip() in {"", "jinja"}, (
                f"{path.stem}: 'order by{clause}' does not say where nulls go"
            )


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
        ("select round(b.a, 2) as a from b", False),
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
    assert (not any(re.search(pattern, text) for pattern in ONE_ENGINE_ONLY)) == is_portable
