"""Publishing is one step or none: whatever breaks on the way, readers keep the last snapshot. Old ones go."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from orchestration.home import Home
from orchestration.publishing import announcing, building, copying, versions
from orchestration.publishing.announcing import announce
from orchestration.publishing.building import build
from reading.snapshot import damage

# Each step of building and announcing, in order, with the module that takes it.
STEPS = [
    (building, "former_snapshot"),
    (building, "attach_snapshot"),
    (building, "copy_table"),
    (copying, "_compare"),
    (copying, "_replace_rows"),
    (copying, "_write_parquet"),
    (copying, "_link"),
    (copying, "_describe"),
    (building, "detach_snapshot"),
    (building, "record_parts"),
    (announcing, "_passed_checks"),
    (announcing, "copy_table"),
    (announcing, "audited"),
    (announcing, "detach_snapshot"),
    (announcing, "_open_to_readers"),
    (versions, "announce"),
]


@pytest.fixture(autouse=True)
def every_step_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of so small tables too the rows are compared."""
    monkeypatch.setattr(copying, "_COMPARED_FROM_ROWS", 0)


@pytest.mark.parametrize(("module", "step"), STEPS)
def test_an_error_in_the_middle_leaves_the_old_snapshot_and_no_litter(
    shop: Any, monkeypatch: pytest.MonkeyPatch, module: ModuleType, step: str
) -> None:
    first = shop.publish()
    shop.change("update core.fct_orders set order_amount = 7 where order_key = 'contract:1'")

    def breaks(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, step, breaks)
    with pytest.raises(OSError, match="No space left"):
        shop.publish()
    assert (shop.published / "current").resolve() == first.path
    assert sorted(path.name for path in shop.published.iterdir()) == [".lock", "current", first.path.name]


@pytest.mark.parametrize(("module", "step"), STEPS)
def test_a_process_killed_in_the_middle_leaves_the_old_and_the_next_cleans_up(
    shop: Any, monkeypatch: pytest.MonkeyPatch, module: ModuleType, step: str
) -> None:
    first = shop.publish()
    shop.change("update core.fct_orders set order_amount = 7 where order_key = 'contract:1'")
    child = os.fork()
    if child == 0:
        monkeypatch.setattr(module, step, lambda *_, **__: os._exit(9))
        shop.publish()
        os._exit(0)
    _, ended = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(ended) == 9
    assert (shop.published / "current").resolve() == first.path
    assert [path.name for path in shop.published.glob(".building-*")] == [".building-v000002-20260131T173000Z"]
    assert any("interrupted publish" in message for message in shop.build().messages)
    second = shop.announce()
    assert not list(shop.published.glob(".building-*"))
    assert (shop.published / "current").resolve() == second.path
    assert damage(second.path) == []


@pytest.mark.parametrize("step", ["point_current_to", "prune"])
def test_a_process_killed_around_the_swap_leaves_a_whole_snapshot_current(shop: Any, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    shop.publish()
    child = os.fork()
    if child == 0:
        monkeypatch.setattr(versions, step, lambda *_, **__: os._exit(9))
        shop.publish()
        os._exit(0)
    os.waitpid(child, 0)
    assert damage((shop.published / "current").resolve()) == []
    third = shop.publish()
    assert (shop.published / "current").resolve() == third.path
    assert third.path.name.startswith("v000003-")


def test_old_versions_are_pruned_and_never_the_current_one(shop: Any) -> None:
    paths = [shop.publish(keep=3).path for _ in range(5)]
    assert versions.versions(shop.published) == [path.name for path in paths[2:]]
    versions.point_current_to(shop.published, paths[2].name)
    assert versions.prune(shop.published, 1) == [paths[3].name]
    assert versions.versions(shop.published) == [paths[2].name, paths[4].name]
    assert damage(paths[2]) == []


def test_a_clock_set_back_does_not_change_the_order_of_versions(shop: Any) -> None:
    shop.publish(created_at=datetime(2026, 2, 1, tzinfo=UTC))
    later = shop.publish(created_at=datetime(2025, 2, 1, tzinfo=UTC))
    assert versions.versions(shop.published)[-1] == later.path.name
    assert later.path.name == "v000002-20250201T000000Z"


def test_a_home_publishes_with_its_own_key(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AFTERSALES_CUSTOMER_KEY", raising=False)
    home = Home(shop.folder)
    home.dbt_target.mkdir()
    shop.dbt_manifest.rename(home.dbt_target / "manifest.json")
    built = build(home, run_id="run-1")
    assert home.customer_key_file.exists()
    assert any("Made a new key" in message for message in built.messages)
    assert announce(home, run_id="run-1").path.parent == home.published
