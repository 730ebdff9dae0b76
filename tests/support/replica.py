"""A replica in PostgreSQL of the marts of a handmade shop: orders of three months, a part each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from orchestration.publishing.replica.replicating import Replicated, replicate
from tests.unit.publishing.shop import Shop, ready_shop

READER = "aftersales_reader"
GRAINS = {"core.fct_orders": ("order_key",), "satisfaction.kpi_satisfaction": ("period_start",)}


def own_database(server: str, name: str) -> str:
    """The address of a new database on the server of ``server``."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name} encoding 'UTF8' template template0")  # type: ignore[call-overload]
        return f"postgresql://{connection.info.user}@/{name}?host={connection.info.host}"


def shop_of_three_months(folder: Path) -> Shop:
    """A shop that has published once."""
    shop = ready_shop(folder)
    shop.split_from_rows = 50
    shop.fill(rows=2000)
    shop.publish()
    return shop


def brought(shop: Shop, address: str, **options: Any) -> Replicated:
    return replicate(shop.published, address, grains=GRAINS, reader=READER, **options)


def published_again(shop: Shop, number: int) -> None:
    shop.pass_checks(f"run-{number}")
    shop.publish(f"run-{number}")
