"""The staging layer as a whole, on deliveries made up from the declarations: keys, columns, types, personal data.

How a version of a row is chosen is tested with the macro ``current_rows``; the mapping of a source in its models' unit tests.
"""

import duckdb
import pytest

from orchestration.loading import ColumnDeclaration, FeedDeclaration
from tests.support import built_in_sources
from tests.support.staging import SOURCES, built_staging
from tests.support.warehouse import PROJECT_ROOT

FEEDS = SOURCES["contract"].feeds
STAGING_FOLDER = PROJECT_ROOT / "models" / "staging"
# What the loader tells of its own is no entity of the contract.
STAGED = sorted(path.stem for path in STAGING_FOLDER.rglob("stg_*.sql") if path.parent.name != "loader")
# What staging adds to the contract's columns beside keys that end in _key.
ADDED_COLUMNS = {"source_system", "left_at"}
# A view of all states of an entity has what history reads of them, and since when.
VERSIONS = "_versions"
SINCE = "changed_at"
# The contract's columns that staging leaves behind beside the personal data: a withdrawn row is not there at all.
LEFT_BEHIND = {"is_deleted"}
BARE = "the row without what is optional"
# The columns of an id, where they are not the one that the key is named for.
PARTS_OF_KEY = {"order_item_key": ("order_id", "line_number")}


def sample_value(column: ColumnDeclaration, number: int) -> str:
    """A value of the column's type that tells rows apart by ``number``, as an SQL literal."""
    if column.accepted_values:
        return f"'{column.accepted_values[number % len(column.accepted_values)]}'"
    samples = {
        "text": f"'{column.name} {number}'",
        "boolean": "false",
        "timestamp": f"timestamp '2024-01-01 08:00:0{number}'",
        "date": f"date '2024-01-0{number + 1}'",
    }
    return samples.get(column.data_type, str(number))


def deliver(connection: duckdb.DuckDBPyConnection, feed: FeedDeclaration) -> set[str]:
    """Deliver rows that differ in one column of the key each, and a last one that says only what it must; every row twice.

    Returns the ids that the rows are to be known by.
    """
    ids: set[str] = set()
    for extract in (1, 2):
        connection.execute(
            "insert into raw.extract_ledger (extract_id, source_system, feed, status) values (?, ?, ?, 'loaded')",
            [extract, feed.source_system, feed.name],
        )
    for changed in (None, *feed.key, BARE):
        values = {column.name: sample_value(column, 1 if column.name == changed else 0) for column in feed.columns}
        if changed == BARE:
            for column in feed.columns:
                values[column.name] = sample_value(column, 2) if column.required else "null"
        for extract in (1, 2):
            connection.execute(
                f"insert into {feed.raw_table} select {', '.join(values.values())}, {extract}, 2, timestamp '2024-02-01 00:00:00'"
            )
        parts = [connection.execute(f"select cast({values[name]} as varchar)").fetchall()[0][0] for name in feed.key]
        ids.add("contract:" + "|".join(parts))
    return ids


@pytest.fixture(scope="module")
def delivered_ids() -> dict[str, set[str]]:
    return {}


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory, delivered_ids: dict[str, set[str]]) -> duckdb.DuckDBPyConnection:
    home = tmp_path_factory.mktemp("staging_home")

    def deliver_every_feed(connection: duckdb.DuckDBPyConnection) -> None:
        for name, feed in FEEDS.items():
            delivered_ids[name] = deliver(connection, feed)

    return built_staging(home, deliver_every_feed, "staging")


@pytest.fixture(scope="module")
def built_in(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The views of the sources that are off until they are listed."""
    return duckdb.connect(str(built_in_sources.switched_on(tmp_path_factory).warehouse), read_only=True)


def is_built_in(view: str) -> bool:
    return view.removeprefix("stg_").split("__")[0] in built_in_sources.SOURCES


def columns_of(connection: duckdb.DuckDBPyConnection, view: str) -> dict[str, str]:
    return {name: data_type for name, data_type, *_ in connection.execute(f"describe staging.{view}").fetchall()}


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_is_staged_once_a_key_and_its_key_is_made_of_every_part_of_the_id(
    staged: duckdb.DuckDBPyConnection, delivered_ids: dict[str, set[str]], name: str
) -> None:
    key = next(iter(columns_of(staged, f"stg_contract__{name}")))
    found = [row[0] for row in staged.execute(f"select {key} from staging.stg_contract__{name}").fetchall()]
    assert sorted(found) == sorted(delivered_ids[name])


@pytest.mark.parametrize("view", STAGED)
def test_a_view_has_the_contracts_columns_and_no_personal_data(
    staged: duckdb.DuckDBPyConnection, built_in: duckdb.DuckDBPyConnection, view: str
) -> None:
    entity = view.split("__")[1]
    feed = FEEDS[entity.removesuffix(VERSIONS) + "s" if entity.endswith(VERSIONS) else entity]
    expected = {column.name: column.sql_type for column in feed.columns if not column.pii and column.name not in LEFT_BEHIND}
    found = {name: data_type.lower() for name, data_type in columns_of(built_in if is_built_in(view) else staged, view).items()}
    of_the_contract = {name: data_type for name, data_type in found.items() if not name.endswith("_key") and name not in ADDED_COLUMNS}
    if entity.endswith(VERSIONS):
        assert of_the_contract.pop(SINCE) == "timestamp"
        expected = {name: data_type for name, data_type in expected.items() if name in of_the_contract}
    assert of_the_contract == expected


@pytest.mark.parametrize("view", STAGED)
def test_a_view_of_any_source_has_the_keys_that_the_contracts_view_has(
    staged: duckdb.DuckDBPyConnection, built_in: duckdb.DuckDBPyConnection, view: str
) -> None:
    def keys(connection: duckdb.DuckDBPyConnection, name: str) -> set[str]:
        return {column for column in columns_of(connection, name) if column.endswith("_key")}

    assert keys(built_in if is_built_in(view) else staged, view) == keys(staged, f"stg_contract__{view.split('__')[1]}")


@pytest.mark.parametrize("name", FEEDS)
def test_a_key_that_points_elsewhere_is_null_exactly_where_a_part_of_its_id_is(staged: duckdb.DuckDBPyConnection, name: str) -> None:
    own_key, *other_keys = [column for column in columns_of(staged, f"stg_contract__{name}") if column.endswith("_key")]
    for key in other_keys:
        parts = PARTS_OF_KEY.get(key, (key.removesuffix("_key") + "_id",))
        missing = " or ".join(f"{part} is null" for part in parts)
        found = staged.execute(
            f"select count(*), count(*) filter (where ({key} is null) = ({missing})) from staging.stg_contract__{name}"
        ).fetchall()[0]
        assert found[0] == found[1] == len(FEEDS[name].key) + 2, f"{own_key} {key}"
