"""The short form of the fault harness: a refresh that is killed or runs into a full disk, and what the next one makes of it.

Of a project with a quarter of the models; what kills leave of all models is a matter of ``test_incremental_equals_full``.
``make test-faults`` is the long form: hundreds of kills in every stage. ``test_kills_of_steps`` kills the loader and the publisher alone.
"""

import json
import random
import shutil
from pathlib import Path

import pytest

from reading.snapshot import damage
from reading.versions import current_version
from tests.faults.harness.__main__ import main
from tests.faults.harness.material import Reference, Shop, ledger, loaded_extracts
from tests.faults.harness.refreshing import Refreshing
from tests.faults.harness.trials import Chain, leftovers, unarchived, unbalanced_books
from tests.support.extracts import extract_files
from tests.support.fault_world import small_disk
from tests.support.warehouse import aftersales, differing_marts
from tests.support.warm import warm_python

pytestmark = pytest.mark.timeout(2400)


@pytest.fixture(scope="module")
def shop(reduced_home: Path) -> Shop:
    """A small shop's extracts in one go, and a day without any."""
    landing = reduced_home / "landing"
    return Shop(landing, [extract_files(landing), []])


@pytest.fixture(scope="module")
def chain(reduced_home: Path, shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """A home that begins with a parsed project and nothing else."""
    home = reduced_home / "home"
    undisturbed = Reference(home, ledger(home / "warehouse.duckdb"), {})
    folder, project = tmp_path_factory.mktemp("chain") / "lane", reduced_home / "project"
    made = Chain(folder, shop, home / "dbt", [undisturbed, undisturbed], warm_python().python, project=project)
    made.begin()
    return made


def test_a_first_refresh_that_is_killed_while_models_are_built_is_made_up_for_by_the_next(chain: Chain) -> None:
    trial = chain.trial("build", 1.5, scope="group", chance=random.Random(20))
    assert (trial.hit, trial.failures) == ("build", [])


def test_a_refresh_on_a_full_disk_says_so_and_goes_through_once_there_is_room(chain: Chain, reduced_home: Path, tmp_path: Path) -> None:
    project = reduced_home / "project"
    used = sum(path.stat().st_size for path in chain.home.rglob("*") if path.is_file() and not path.is_symlink())
    with small_disk(tmp_path / "disk", used // 1_000_000 + 12) as disk:
        home = disk.folder / "home"
        shutil.copytree(chain.home, home, symlinks=True)
        before = current_version(home / "published")
        # A file that is never finished is told of in every refresh.
        unfinished = home / "landing" / "contract" / "orders" / "orders_2025-12-01.csv.part"
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(b"order_id")
        ballast = disk.folder / "ballast"
        ballast.write_bytes(b"x" * max(0, disk.free_bytes() - 1_000_000))

        full = Refreshing(home, home / "landing", tmp_path / "full.log", python=warm_python().python, project=project).wait()
        assert full.outcome == "failed", full
        assert any("The disk is full" in step and "run the refresh again" in step for step in full.next_steps), full.next_steps
        assert current_version(home / "published") == before
        assert damage((home / "published" / "current").resolve()) == []

        ballast.unlink()
        disk.grow_to(used // 1_000_000 + 200)
        again = Refreshing(home, home / "landing", tmp_path / "again.log", python=warm_python().python, project=project).wait()
        # Nothing was new, and the disk was full before anything was: the snapshot that stands is the one to read.
        assert again.outcome == "unchanged", again
        assert any("orders_2025-12-01.csv.part: its name says it is still being written" in detail for detail in again.details)
        assert differing_marts(home, reduced_home / "home") == {}
        unfinished.unlink()
        assert [*unbalanced_books(home / "warehouse.duckdb", project), *unarchived(home), *leftovers(home)] == []


def test_the_command_makes_the_warehouse_of_a_killed_refresh_anew(chain: Chain, reduced_home: Path) -> None:
    loaded = loaded_extracts(chain.home / "warehouse.duckdb")
    assert loaded
    rebuilt = aftersales("rebuild", "--home", chain.home, project=reduced_home / "project")
    assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr
    assert f"made anew from {len(loaded):,} archived extracts" in rebuilt.stdout
    assert loaded_extracts(chain.home / "warehouse.duckdb") == loaded
    assert differing_marts(chain.home, reduced_home / "home") == {}
    unbalanced = unbalanced_books(chain.home / "warehouse.duckdb", reduced_home / "project")
    assert [*unbalanced, *unarchived(chain.home), *leftovers(chain.home)] == []


def test_what_went_wrong_in_a_trial_is_told_and_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = {
        "kind": "kill",
        "project": "whole project",
        "hit": "swap",
        "seen_on_disk": "swapped",
        "scope": "group",
        "reads": 7,
        "failures": [],
    }
    bad = {
        **good,
        "hit": "load",
        "seen_on_disk": "",
        "at": "2026-02-01T02:30:00Z",
        "commit": "abc",
        "failures": ["2 rows of core.fct_orders"],
    }
    results = tmp_path / "results.jsonl"
    asked = ["--report", "--refreshes", "0", "--results", str(results)]

    elsewhere = {**good, "project": "reduced project"}
    results.write_text(f"{json.dumps(good)}\n{json.dumps(elsewhere)}\n", encoding="utf-8")
    assert main([*asked, "--kills", "1"]) == 0
    assert main([*asked, "--kills", "2"]) == 1
    assert "Not finished" in capsys.readouterr().out

    results.write_text(json.dumps(good) + "\n" + json.dumps(bad) + "\n", encoding="utf-8")
    assert main([*asked, "--kills", "2"]) == 1
    told = capsys.readouterr().out
    assert "2 kills in 2 trials" in told
    assert "WRONG at 2026-02-01T02:30:00Z (abc, load): 2 rows of core.fct_orders" in told


@pytest.mark.parametrize(
    ("changed", "code"),
    [({}, 0), ({"refreshes": 19}, 1), ({"readers": 15}, 1), ({"reads": 319}, 1), ({"errors": ["x"], "failures": ["x"]}, 1)],
    ids=["as asked", "a refresh too few", "a reader too few", "a read too few", "an error"],
)
def test_readers_count_when_there_were_as_many_as_asked_and_a_rebuild_followed(
    tmp_path: Path, changed: dict[str, object], code: int
) -> None:
    common = {"at": "", "commit": "", "project": "whole project", "failures": []}
    readers = {"kind": "readers", "readers": 16, "refreshes": 20, "versions": 21, "reads": 320, "errors": [], "mixed": []}
    rebuild = {"kind": "rebuild", "refreshes": 21, "extracts": 9}
    results = tmp_path / "results.jsonl"
    asked = ["--report", "--kills", "0", "--refreshes", "20", "--readers", "16", "--results", str(results)]

    results.write_text(f"{json.dumps({**common, **readers, **changed})}\n{json.dumps({**common, **rebuild})}\n", encoding="utf-8")
    assert main(asked) == code
    results.write_text(json.dumps({**common, **readers}) + "\n", encoding="utf-8")
    assert main(asked) == 1
