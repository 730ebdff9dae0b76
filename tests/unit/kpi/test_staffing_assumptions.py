"""What staffing assumes can be computed with: the seed as it is passes its test, and each way to break it is found."""

import json

import pytest

from tests.support.compiled_models import CompiledProject, in_memory_warehouse
from tests.support.warehouse import PROJECT_ROOT

TEST = "staffing_assumptions_fit_their_method"
COLUMNS = {
    "channel": "text", "method": "text", "handling_seconds": "bigint", "concurrency": "bigint", "target_seconds": "bigint",
    "target_share": "double", "occupancy": "double",
}  # fmt: skip


def complained_of(project: CompiledProject, *rows: str) -> int:
    """How many rows the test finds in the seed with ``rows`` added to it."""
    nodes = json.loads(project.manifest.read_text(encoding="utf-8"))["nodes"]
    (compiled,) = (node["compiled_code"] for node in nodes.values() if node["name"] == TEST)
    seed = PROJECT_ROOT / "seeds" / "reference" / "staffing_assumptions.csv"
    with in_memory_warehouse() as connection:
        connection.execute(
            f"create schema reference; create table reference.staffing_assumptions as from read_csv('{seed}', columns={COLUMNS})"
        )
        for row in rows:
            connection.execute(f"insert into reference.staffing_assumptions values ({row})")
        return len(connection.execute(compiled).fetchall())


def test_the_seed_as_it_is_passes(project: CompiledProject) -> None:
    assert complained_of(project) == 0
    assert complained_of(project, "'fax', 'erlang_c', 0, 1, 0, 0.99, null", "'desk', 'occupancy', 60, null, null, null, 1.0") == 0


@pytest.mark.parametrize(
    "row",
    [
        "'fax', 'erlang_c', 60, 0, 20, 0.8, null",
        "'fax', 'erlang_c', 60, null, 20, 0.8, null",
        "'fax', 'erlang_c', 60, 1, -1, 0.8, null",
        "'fax', 'erlang_c', 60, 1, 20, 1.0, null",
        "'fax', 'erlang_c', 60, 1, 20, 0.0, null",
        "'fax', 'erlang_c', -1, 1, 20, 0.8, null",
        "'desk', 'occupancy', 60, null, null, null, null",
        "'desk', 'occupancy', 60, null, null, null, 0.0",
        "'desk', 'occupancy', 60, null, null, null, 1.01",
    ],
)
def test_each_way_to_break_it_is_found(project: CompiledProject, row: str) -> None:
    assert complained_of(project, row) == 1
