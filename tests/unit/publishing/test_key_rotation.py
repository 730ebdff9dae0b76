"""Another key behind the customers' hashes: new hashes, the same joins, and the old snapshots as they were."""

from __future__ import annotations

import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.connections import connected
from orchestration.publishing.customer_key import KEY_VARIABLE, customer_key, rotated_customer_key
from orchestration.publishing.errors import CustomerKeyError
from reading.snapshot import damage, opened_snapshot


@pytest.fixture(autouse=True)
def _no_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "customer_key"


@pytest.fixture
def two_marts(shop: Any, key_file: Path, describe_model: Callable[..., Any]) -> Any:
    """A shop whose orders and customers both carry the customer, published with the key in ``key_file``."""
    shop.describe(
        describe_model("marts/core/fct_orders.sql", {"order_key": None, "customer_key": "pseudonym"}),
        describe_model("marts/core/dim_customers.sql", {"customer_key": "pseudonym", "region": None}),
    )
    with connected(shop.warehouse) as connection:
        connection.execute(
            "create table core.dim_customers as select distinct customer_key, 'region of ' || customer_key as region "
            "from core.fct_orders where customer_key is not null"
        )
    shop.key = customer_key(key_file)
    return shop


def read(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(duckdb.connect(str(path / "marts.duckdb"), read_only=True)) as connection:
        return connection.execute(query).fetchall()


ORDERS_BY_REGION = """
    select customers.region, count(*)
    from core.fct_orders as orders
    inner join core.dim_customers as customers on orders.customer_key = customers.customer_key
    group by customers.region
    order by customers.region
"""


def test_after_a_rotation_every_hash_differs_and_every_join_holds(two_marts: Any, key_file: Path) -> None:
    old = two_marts.publish()
    two_marts.key = rotated_customer_key(key_file)
    new = two_marts.publish()
    hashes = "select distinct customer_key from core.dim_customers union select distinct customer_key from core.fct_orders"
    old_hashes, new_hashes = ({row[0] for row in read(snapshot.path, hashes) if row[0]} for snapshot in (old, new))
    assert len(old_hashes) == len(new_hashes) == 13
    assert not old_hashes & new_hashes
    assert read(old.path, ORDERS_BY_REGION) == read(new.path, ORDERS_BY_REGION)
    assert sum(count for _, count in read(new.path, ORDERS_BY_REGION)) == 90
    assert old.manifest.customer_key_id != new.manifest.customer_key_id


def test_old_snapshots_stay_readable_to_the_byte(two_marts: Any, key_file: Path) -> None:
    old = two_marts.publish()
    before = read(old.path, "select * from core.dim_customers order by all")
    two_marts.key = rotated_customer_key(key_file)
    with opened_snapshot(two_marts.published) as snapshot:
        two_marts.publish()
        assert snapshot.path == old.path
        assert snapshot.connection.execute("select count(*) from core.dim_customers").fetchone() == (13,)
    assert damage(old.path) == []
    assert read(old.path, "select * from core.dim_customers order by all") == before


def test_what_was_hashed_with_a_key_that_leaked_can_be_taken_away(two_marts: Any, key_file: Path) -> None:
    old = two_marts.publish()
    two_marts.key = rotated_customer_key(key_file)
    new = two_marts.publish(keep=1)
    assert new.pruned == [old.path.name]
    assert not old.path.exists()


def test_the_old_key_is_gone_and_the_new_one_is_the_owners_alone(key_file: Path) -> None:
    old = customer_key(key_file)
    new = rotated_customer_key(key_file)
    assert new.secret != old.secret
    assert new.secret == customer_key(key_file).secret
    assert len(new.secret) == 64
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert [path.name for path in key_file.parent.iterdir()] == ["customer_key"]
    assert new.secret.decode() not in new.message + repr(new)


def test_a_key_that_others_could_read_is_rotated_away(key_file: Path) -> None:
    customer_key(key_file)
    key_file.chmod(0o644)
    with pytest.raises(CustomerKeyError, match="aftersales rotate-key"):
        customer_key(key_file)
    rotated_customer_key(key_file)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert customer_key(key_file).secret


def test_the_environments_key_is_not_ours_to_change(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "a key from the environment")
    with pytest.raises(CustomerKeyError, match=f"Set another one there.*{'restart'}"):
        rotated_customer_key(key_file)
    assert not key_file.exists()


def test_a_rotation_that_is_cut_short_leaves_the_old_key_and_nothing_else(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = customer_key(key_file)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        rotated_customer_key(key_file)
    assert customer_key(key_file).secret == old.secret
    assert [path.name for path in key_file.parent.iterdir()] == ["customer_key"]
