"""A warehouse made anew from the archive equals the one that lived through thirty daily deliveries, table by table, row by row."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.connections import connected
from orchestration.loading import Archive, load_source, read_declarations
from orchestration.project import MODELS_FOLDER
from tests.support.compiled_models import CompiledProject, build, compiled_project, differing_tables, new_warehouse
from tests.support.extracts import day_of, deliver, extract_files
from tests.support.warehouse import aftersales

DAYS = 30
LAST_DAY = date(2025, 11, 30)

pytestmark = pytest.mark.timeout(900)

# Everything that a delivery leaves in the warehouse. Of the ledger only what was loaded: a rebuild is not told of the rest.
BOOKS = {"rejects": "select * from {at}.raw.rejects", "ledger": "select * from {at}.raw.extract_ledger where status = 'loaded'"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    return compiled_project(tmp_path_factory)


def loaded_from(home: Path, warehouse: Path, *, run_id: str) -> None:
    """Load what lies in the home's landing zone, as a refresh does: loaded files move into the archive."""
    archive = Archive(home / "archive", own_landing=home / "landing")
    with connected(warehouse) as connection:
        load = load_source(connection, read_declarations(MODELS_FOLDER)["contract"], home / "landing", run_id=run_id, archive=archive)
    assert load.not_archived == {}


def compared_queries(warehouse: Path) -> dict[str, str]:
    with connected(warehouse, read_only=True) as connection:
        feeds = connection.execute("select table_name from duckdb_tables() where schema_name = 'raw' and table_name like 'contract%'")
        return BOOKS | {table: f"select * from {{at}}.raw.{table}" for (table,) in feeds.fetchall()}


def differing_rows(one: Path, other: Path) -> dict[str, int]:
    """The raw tables whose rows differ between two warehouses, with how many rows only one of them has."""
    differing: dict[str, int] = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only)")
        connection.execute(f"attach '{other}' as other (read_only)")
        for name, query in compared_queries(one).items():
            mine, theirs = query.format(at="one"), query.format(at="other")
            ((rows,),) = connection.execute(
                f"select count(*) from (({mine} except all {theirs}) union all ({theirs} except all {mine}))"
            ).fetchall()
            if rows:
                differing[name] = rows
    return differing


def test_a_rebuild_equals_the_warehouse_after_thirty_daily_deliveries(project: CompiledProject, tmp_path: Path) -> None:
    shop, home = tmp_path / "shop", tmp_path / "home"
    simulated = aftersales(
        *("simulate", "--out", shop, "--orders", 500, "--days", DAYS, "--until", LAST_DAY, "--seed", 9, "--bad-rows", 0.01)
    )
    assert simulated.returncode == 0, simulated.stdout + simulated.stderr
    extracts = extract_files(shop)
    living = new_warehouse(project, home / "warehouse.duckdb")
    for number in range(DAYS):
        day = f"{LAST_DAY - timedelta(days=DAYS - 1 - number):%Y-%m-%d}"
        deliver(shop, home / "landing", [extract for extract in extracts if day_of(extract) == day])
        loaded_from(home, living, run_id=f"day {number + 1}")
    assert [path for path in (home / "landing").rglob("*") if path.is_file()] == [], "what was loaded is in the archive"

    rebuilt = new_warehouse(project, tmp_path / "rebuilt" / "warehouse.duckdb")
    loaded_from(home, rebuilt, run_id="the rebuild")
    for warehouse in (living, rebuilt):
        build(project, warehouse)

    assert differing_rows(living, rebuilt) == {}
    assert differing_tables(project, living, rebuilt, tuple({model.schema for model in project.models})) == {}
    assert_it_was_there_to_differ(living)


def assert_it_was_there_to_differ(warehouse: Path) -> None:
    """Rows were corrected, withdrawn, late and rejected, files came twice, and the marts hold what came of it."""
    with connected(warehouse, read_only=True) as connection:
        ((runs, rejected),) = connection.execute(
            "select count(distinct run_id), sum(rows_rejected) from raw.extract_ledger where status = 'loaded'"
        ).fetchall()
        ((corrected,),) = connection.execute(
            "select count(*) from (select order_id from raw.contract__orders group by order_id having count(distinct updated_at) > 1)"
        ).fetchall()
        ((withdrawn,),) = connection.execute("select count(*) from raw.contract__orders where is_deleted").fetchall()
        ((late,),) = connection.execute(
            """
            select count(*)
            from raw.contract__ticket_events as events
            inner join raw.extract_ledger as extracts on events._extract_id = extracts.extract_id
            where cast(events.occurred_at as date) < try_cast(regexp_extract(extracts.file_name, '[0-9]{4}-[0-9]{2}-[0-9]{2}') as date) - 1
            """
        ).fetchall()
        ((orders,), (tickets,), (figures,)) = (
            connection.execute(f"select count(*) from {mart}").fetchall()[0]
            for mart in ("core.fct_orders", "core.fct_tickets", "scoreboard.kpi_scoreboard")
        )
    assert runs == DAYS
    assert min(rejected, corrected, withdrawn, late, orders, tickets, figures) > 0, (rejected, corrected, withdrawn, late, orders)
