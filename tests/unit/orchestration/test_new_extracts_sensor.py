"""The sensor asks for a run when files are new to every load, and only once: also where loaded files leave the landing zone."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration.automation import new_extracts_sensor, refresh_job
from orchestration.home import Home
from orchestration.loading import Archive, load_source
from orchestration.loading.landed_files import note_landed_files
from orchestration.runs.run_lock import refresh_lock
from tests.unit.loading.shop import Shop, csv_file, order


class Watched:
    """A shop whose landing zone the sensor watches, and the sensor's memory."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self.home = Home(folder)
        self.shop = Shop(folder, connection=duckdb.connect())
        self.sensor = new_extracts_sensor(dg.define_asset_job("refresh"), [self.shop.source])
        self.cursor: str | None = None

    def tick(self) -> bool:
        """Let the sensor look once. Returns whether it asks for a run."""
        with dg.build_sensor_context(self.instance, cursor=self.cursor) as context:
            result = self.sensor(context)
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        return bool(result.run_requests)

    def refresh(self) -> None:
        archive = Archive(self.home.archive, own_landing=self.home.root / "landing")
        loaded = load_source(self.shop.connection, self.shop.source, self.home.landing, run_id="x", archive=archive)
        note_landed_files(self.home.landed_note("shop"), self.home.landing, loaded.files_left)


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.setattr("orchestration.loading.discovery.SETTLE_SECONDS", 0.0)
    monkeypatch.setenv("AFTERSALES_HOME", str(tmp_path))
    with dg.DagsterInstance.ephemeral() as instance:
        watched = Watched(tmp_path, instance)
        yield watched
    watched.shop.connection.close()


def test_the_sensor_starts_the_refresh_job() -> None:
    assert new_extracts_sensor(refresh_job(), []).job_name == "refresh"


def test_complete_files_are_asked_for_once(watched: Watched) -> None:
    assert not watched.tick()
    watched.shop.deliver("orders-1.csv", csv_file(order(1)))
    assert [watched.tick() for _ in range(4)] == [False, True, False, False]


def test_files_that_left_for_the_archive_start_no_second_run(watched: Watched) -> None:
    watched.shop.deliver("orders-1.csv", csv_file(order(1)))
    watched.shop.deliver("orders-2.csv", "order_id\nrefused\n")
    assert [watched.tick() for _ in range(2)] == [False, True]
    watched.refresh()
    assert [path.name for path in (watched.home.landing / "shop").iterdir()] == ["orders-2.csv"]
    assert [watched.tick() for _ in range(3)] == [False, False, False]


def test_a_mended_file_in_the_place_of_a_refused_one_is_new(watched: Watched) -> None:
    watched.shop.deliver("orders.csv", "order_id\nrefused\n")
    watched.refresh()
    assert [watched.tick() for _ in range(3)] == [False, False, False]
    watched.shop.deliver("orders.csv", csv_file(order(1)))
    assert [watched.tick() for _ in range(3)] == [False, True, False]


def test_files_that_a_refresh_by_hand_has_loaded_start_no_run(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = watched.home.root / "elsewhere"
    monkeypatch.setenv("AFTERSALES_LANDING", str(elsewhere))
    (elsewhere / "shop").mkdir(parents=True)
    (elsewhere / "shop" / "orders.csv").write_bytes(csv_file(order(1)))
    watched.refresh()
    assert [path.name for path in (elsewhere / "shop").iterdir()] == ["orders.csv"]
    assert [watched.tick() for _ in range(3)] == [False, False, False]


def test_what_another_landing_zone_held_says_nothing_of_this_one(watched: Watched, tmp_path: Path) -> None:
    path = watched.shop.deliver("orders.csv", csv_file(order(1)))
    watched.refresh()
    note = watched.home.landed_note("shop")
    note.write_text(note.read_text().replace(str(watched.home.landing), str(tmp_path / "other")))
    path.write_bytes(csv_file(order(2)))
    assert [watched.tick() for _ in range(2)] == [False, True]


def test_nothing_is_asked_for_while_a_refresh_runs(watched: Watched) -> None:
    watched.shop.deliver("orders.csv", csv_file(order(1)))
    assert not watched.tick()
    with refresh_lock(watched.home, run_id="x"):
        assert [watched.tick() for _ in range(2)] == [False, False]
    assert watched.tick()
