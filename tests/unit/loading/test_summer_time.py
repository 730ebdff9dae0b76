"""Zones whose clocks are set forward and back: every change of theirs, and any moment around it, as ``zoneinfo`` has it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.loading.time_zones import offset_changes, utc_from_local

ZONES = [
    "Asia/Shanghai",
    "America/New_York",
    "America/Sao_Paulo",
    "UTC",
    "Asia/Kolkata",
    "Pacific/Tongatapu",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Europe/Dublin",
]


@pytest.mark.parametrize("zone", ZONES)
def test_every_change_of_a_zone_agrees_with_zoneinfo(zone: str) -> None:
    moments = [
        boundary.replace(microsecond=0).fromtimestamp(boundary.replace(tzinfo=UTC).timestamp() + shift, UTC).replace(tzinfo=None)
        for boundary in offset_changes(zone)[1]
        if boundary.year < 2099
        for shift in (-7200, -3601, -3600, -1800, -1, 0, 1, 1800, 3599, 3600, 7200)
    ]
    assert_like_zoneinfo(zone, moments)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    zone=st.sampled_from(ZONES),
    moments=st.lists(st.datetimes(datetime(1900, 1, 2), datetime(2099, 12, 30)), min_size=1, max_size=200),
)
def test_any_local_time_agrees_with_zoneinfo(zone: str, moments: list[datetime]) -> None:
    assert_like_zoneinfo(zone, moments)


def assert_like_zoneinfo(zone: str, moments: list[datetime]) -> None:
    expected = [moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None) for moment in moments]
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("create table moments as select unnest(cast(? as timestamp[])) as local", [moments])
        found = connection.execute(f"select {utc_from_local('local', zone)} from moments").fetchall()
    assert [row[0] for row in found] == expected
