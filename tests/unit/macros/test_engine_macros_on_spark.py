"""The case table of macros/engine and macros/keys on Apache Spark, where pyspark and Java are installed (an optional engine).

The macros are rendered with a small stand-in for dbt's context, which picks the variants of Spark as dbt-spark would.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import pytest

from tests.unit.macros.engine_cases import CASES, NUMBERED, assert_is, cases_as_one_row

MACROS = Path(__file__).resolve().parents[3] / "macros"

pyspark_sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed; Spark is the optional engine")
if shutil.which("java") is None:
    pytest.skip("there is no Java on the PATH; Spark needs one", allow_module_level=True)


@jinja2.pass_context
def dispatch(context: jinja2.runtime.Context, name: str, _package: str) -> Callable[..., str]:
    """Spark's variant of a macro, or else the one for every engine."""
    macros = context.get_all()
    return macros[f"spark__{name}" if f"spark__{name}" in macros else f"default__{name}"]


def rendered_for_spark(sql: str) -> str:
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined)
    environment.globals.update(
        adapter=SimpleNamespace(dispatch=dispatch),
        model={},
        execute=False,
        **{"return": lambda value: value},
        env_var=lambda _name, default: default,
        var={"business_time_zone": "Asia/Shanghai"}.__getitem__,
    )
    # One template, so that every macro sees its neighbours whichever file they stand in.
    files = sorted([*(MACROS / "engine").glob("*.sql"), *(MACROS / "keys").glob("*.sql")])
    macros = "".join(path.read_text(encoding="utf-8") for path in files)
    return environment.from_string(macros + sql).render()


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    # Python shows moments in its own zone, which the moments of the cases are not in.
    patch = pytest.MonkeyPatch()
    patch.setenv("TZ", "UTC")
    time.tzset()
    session = (
        pyspark_sql.SparkSession.builder.master("local[1]")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.ansi.enabled", "true")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("spark")))
        .getOrCreate()
    )
    yield session
    session.stop()
    patch.undo()
    time.tzset()


@pytest.fixture(scope="module")
def result_of(spark: Any) -> Callable[[str], list[Any]]:
    """The results of a macro's cases, in order."""
    return cache(lambda macro: list(spark.sql(rendered_for_spark(cases_as_one_row(macro))).collect()[0]))


@pytest.mark.parametrize(("macro", "number", "expected"), NUMBERED, ids=[f"{macro}-{number}" for macro, number, _ in NUMBERED])
def test_a_macro_gives_what_its_case_says(result_of: Callable[[str], list[Any]], macro: str, number: int, expected: object) -> None:
    assert_is(result_of(macro)[number], expected, CASES[macro][number][0])
