"""Whoever may ask ``aftersales sql`` may ask the snapshot, and neither reads nor writes nor learns anything else of the machine."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas
import pytest

Run = Callable[..., Any]

SECRET = "a-secret-that-stands-in-a-file-of-the-machine"

READING = (
    "select * from read_csv('{file}')",
    "select * from read_csv('{file}', header = false, columns = {{'line': 'varchar'}})",
    "select * from read_text('{file}')",
    "select * from read_blob('{file}')",
    "select * from read_json('{json}')",
    "select * from read_ndjson_objects('{json}')",
    "select * from read_parquet('{parquet}')",
    "select * from parquet_metadata('{parquet}')",
    "select * from parquet_schema('{parquet}')",
    "select * from sniff_csv('{file}')",
    "select * from glob('{folder}/*')",
    "select * from glob('/etc/*')",
    "select * from '{file}'",
    "select * from '{parquet}'",
    "select * from '{folder}/*.csv'",
    "select * from read_csv('/etc/passwd')",
    "select size, content from read_blob('{snapshot}')",
    "select * from read_text('{snapshot}.wal')",
    "select * from glob('{snapshot}*')",
    "select * from read_text('/proc/self/environ')",
    "select * from read_csv('https://example.com/x.csv')",
    "from query('select * from read_text(''{file}'')')",
    "from query_table('{file}')",
    "with stolen as (select * from read_text('{file}')) select * from stolen",
    "select (select content from read_text('{file}'))",
    "explain analyze select * from read_text('{file}')",
    "select getenv('AFTERSALES_SECRET')",
    "select current_setting('AFTERSALES_SECRET')",
    "attach '{database}' as other (read_only)",
    "attach ':memory:' as other",
    "import database '{folder}'",
    "select * from sqlite_scan('{database}', 'x')",
    "select * from pragma_storage_info('{file}')",
    "pragma import_database('{folder}')",
)
WRITING = (
    "copy core.fct_notes to '{folder}/stolen.csv'",
    "copy (select 1) to '/dev/stdout'",
    "copy core.fct_notes from '{file}'",
    "explain analyze copy core.fct_notes to '{folder}/stolen.csv'",
    "explain copy core.fct_notes to '{folder}/stolen.csv'",
    "explain analyze copy (select 'gone') to '{snapshot}' (format csv, use_tmp_file false)",
    "explain analyze copy (select 'gone') to '{snapshot}.wal' (format csv, use_tmp_file false)",
    "explain analyze copy (select 'gone') to '{snapshot}'",
    "export database '{folder}/stolen'",
    "create table core.mine as select 1",
    "create temp table mine as select 1",
    "create secret mine (type s3)",
    "create or replace macro core.lie() as 1",
    "insert into core.fct_notes select * from core.fct_notes",
    "update core.fct_notes set note = 'x'",
    "delete from core.fct_notes",
    "truncate core.fct_notes",
    "drop table core.fct_notes",
    "alter table core.fct_notes rename to mine",
    "explain analyze delete from core.fct_notes",
    "with gone as (delete from core.fct_notes returning *) select * from gone",
    "checkpoint marts",
    "force checkpoint marts",
    "vacuum",
    "detach marts",
    "use memory",
    "begin transaction",
    "load '{file}'",
    "install httpfs",
    "install httpfs from '{folder}'",
    "call pragma_version(); copy (select 1) to '{folder}/stolen.csv'",
    "prepare mine as copy (select 1) to '{folder}/stolen.csv'",
    "execute mine",
)
SETTING = (
    "set enable_external_access = true",
    "reset enable_external_access",
    "set lock_configuration = false",
    "reset lock_configuration",
    "set global lock_configuration = false",
    "set memory_limit = '1TB'",
    "set temp_directory = '{folder}'",
    "set allowed_directories = ['{folder}']",
    "set allowed_paths = ['{file}']",
    "set allow_unsigned_extensions = true",
    "set extension_directory = '{folder}'",
    "set home_directory = '{folder}'",
    "set log_query_path = '{folder}/queries.log'",
    "set python_enable_replacements = true",
    "set variable x = (select content from read_text('{file}'))",
    "pragma enable_profiling = 'json'",
    "pragma profiling_output = '{folder}/profile.json'",
    "pragma enable_logging",
    "pragma temp_directory = '{folder}'",
    "pragma memory_limit = '1TB'",
    "pragma threads = 64",
    "pragma enable_external_access = true",
    "call enable_logging('QueryLog')",
    "select set_config('enable_external_access', 'true', false)",
    "select 1; set enable_external_access = true",
)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Files that are none of the snapshot's, in the working folder and elsewhere."""
    folder = tmp_path / "machine"
    folder.mkdir()
    places = {"folder": folder} | {kind: folder / f"secret.{kind}" for kind in ("file", "json", "parquet", "database")}
    places["file"].write_text(f"line\n{SECRET}\n")
    places["json"].write_text(f'{{"line": "{SECRET}"}}\n')
    with duckdb.connect(str(places["database"])) as connection:
        connection.execute("create table x as select $secret as line", {"secret": SECRET})
        connection.execute(f"copy x to '{places['parquet']}' (format parquet)")
    # DuckDB spills to .tmp in the working folder unless told otherwise, and lets every connection write there.
    (folder / ".tmp").mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("AFTERSALES_SECRET", SECRET)
    return places


def state(*folders: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        for folder in folders
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("statement", [*READING, *WRITING, *SETTING])
def test_nothing_but_the_snapshot_is_read_written_or_set(run: Run, published_home: Any, machine: dict[str, Path], statement: str) -> None:
    filled = statement.format(**machine, snapshot=(published_home.published / "current").resolve() / "marts.duckdb")
    before = state(machine["folder"], published_home.root)
    result = run("sql", filled, "--format", "csv", "--home", published_home.root)
    assert result.exit_code == 2, result.output
    assert SECRET not in result.output
    assert result.stdout == ""
    assert result.stderr.strip()
    assert state(machine["folder"], published_home.root) == before


def test_secrets_that_a_user_keeps_are_not_there(run: Run, published_home: Any) -> None:
    result = run("sql", "select * from duckdb_secrets()", "--format", "csv", "--home", published_home.root)
    assert len(result.stdout.splitlines()) == 1, result.stdout


def test_objects_of_the_process_are_no_tables(run: Run, published_home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # DuckDB looks for unknown tables among the variables of whoever calls it.
    monkeypatch.setattr("command_line.sql.kept_in_memory", pandas.DataFrame({"line": [SECRET]}), raising=False)
    for name in ("kept_in_memory", "columns", "text", "statements", "connection"):
        result = run("sql", f"select * from {name}", "--home", published_home.root)
        assert result.exit_code == 2, result.output
        assert "does not exist" in result.stderr
        assert SECRET not in result.output


def test_a_sort_that_does_not_fit_into_memory_fails_and_leaves_no_file(
    run: Run, published_home: Any, machine: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERSALES_MEMORY_LIMIT", "30MB")
    before = state(machine["folder"], published_home.root)
    result = run("sql", "select * from range(20000000) order by hash(range)", "--format", "csv", "--home", published_home.root)
    assert result.exit_code == 2
    assert "Out of Memory" in result.stderr
    assert state(machine["folder"], published_home.root) == before
    assert os.listdir(machine["folder"] / ".tmp") == []  # noqa: PTH208
