"""Names and values from outside come into SQL quoted or as parameters, never as they are."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT_ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("orchestration", "reading", "expectations", "command_line", "portal")

_SQL = re.compile(
    r"\b(select|insert into|update|delete from|create (or replace )?(temp )?(table|view|schema)|drop table|alter table|attach|detach|copy"
    r"|set|execute|prepare|comment on|read_csv|read_parquet|read_json|where|from|order by|group by)\b"
)
# What a declaration, a delivered file, a model or a question brings along.
_FROM_OUTSIDE = frozenset(
    {
        *("name", "identifier", "header", "feed", "source_system", "file_name", "path", "description", "column", "column_name", "schema"),
        *("table", "alias", "delimiter", "encoding", "data_type", "sql_type", "kpi_id", "member", "dimension", "run_id", "message"),
        *("raw_text", "detail", "statement", "text", "sha256", "subject", "key"),
    }
)
# The functions that quote. What they return is safe to interpolate.
_QUOTING = frozenset({"identifier", "literal", "literal_list", "path_literal", "one_file", "relation", "row_named_by"})
_QUOTING_MODULE = "orchestration/sql_text.py"


def modules() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((PROJECT_ROOT / package).rglob("*.py")):
            yield path.relative_to(PROJECT_ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def unquoted(source: ast.AST) -> Iterator[tuple[int, str]]:
    """Lines and expressions of SQL in f-strings, and of SQL put together otherwise, where an attribute from outside is not quoted."""
    for node in ast.walk(source):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
            if _SQL.search(text) and not _is_for_people(text):
                for part in node.values:
                    if isinstance(part, ast.FormattedValue):
                        yield from ((node.lineno, ast.unparse(each)) for each in _bare(part.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "execute" and node.args:
            query = node.args[0]
            if isinstance(query, ast.BinOp) or (
                isinstance(query, ast.Call) and isinstance(query.func, ast.Attribute) and query.func.attr == "format"
            ):
                yield node.lineno, ast.unparse(query)


def _is_for_people(text: str) -> bool:
    """A message begins with a capital, or says what to do after a semicolon or a colon; SQL here does neither."""
    return bool(re.match(r"\s*[A-Z]", text)) or "; " in text or ": " in text


def _bare(expression: ast.expr) -> Iterator[ast.expr]:
    if isinstance(expression, ast.Attribute):
        if expression.attr in _FROM_OUTSIDE and not (isinstance(expression.value, ast.Name) and expression.value.id == "self"):
            yield expression
        return
    if isinstance(expression, ast.Call):
        called = expression.func.id if isinstance(expression.func, ast.Name) else getattr(expression.func, "attr", "")
        if called in _QUOTING:
            return
    for child in ast.iter_child_nodes(expression):
        if isinstance(child, ast.expr):
            yield from _bare(child)
        elif isinstance(child, ast.comprehension):
            yield from (found for condition in child.ifs for found in _bare(condition) if not isinstance(condition, ast.Compare))


def test_no_name_from_outside_comes_into_sql_unquoted() -> None:
    found = [f"{name}:{line}: {what}" for name, source in modules() for line, what in unquoted(source)]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        'f"select * from raw.{feed.name}"',
        'f"select {column.header} from rows"',
        "f\"select * from read_csv('{file.path}')\"",
        "f\"select {', '.join(column.name for column in feed.columns)} from rows\"",
        "f\"delete from rows where name = '{result.file_name}'\"",
        'connection.execute("select * from " + table)',
        'connection.execute("select * from {}".format(table))',
    ],
)
def test_what_is_not_quoted_is_found(code: str) -> None:
    assert list(unquoted(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        'f"select * from raw.{identifier(feed.identifier)}"',
        "f\"select {', '.join(identifier(column.name) for column in feed.columns)} from rows\"",
        'f"select * from read_csv({one_file(file.path)})"',
        'f"The feed {feed.name} has no file from {source.name}."',
        'connection.execute("select * from rows where name = ?", [file.name])',
    ],
)
def test_what_is_quoted_is_left_alone(code: str) -> None:
    assert list(unquoted(ast.parse(code))) == []


def test_quoting_functions_are_in_one_module() -> None:
    found = {
        path.relative_to(PROJECT_ROOT).as_posix()
        for package in PACKAGES
        for path in (PROJECT_ROOT / package).rglob("*.py")
        if re.search(r"""\.replace\(\s*(?:"'"|'"'|"\\""|'\\'')\s*,\s*(?:"''"|'""')\s*\)""", path.read_text(encoding="utf-8"))
    }
    assert found == {_QUOTING_MODULE}
