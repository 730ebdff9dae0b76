"""The short form of the fault harness: a refresh that is killed, and what the next one makes of it.

``make test-faults`` is the long form: hundreds of kills in every stage. ``test_kills_of_steps`` kills the loader and the publisher alone.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.harness.__main__ import main
from tests.faults.harness.material import Reference, Shop, ledger
from tests.faults.harness.trials import Chain
from tests.faults.harness.warm import WarmPython

pytestmark = pytest.mark.timeout(2400)


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmPython]:
    """What saves each refresh the import of its libraries."""
    made = WarmPython(tmp_path_factory.mktemp("warm"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def shop(small_home: Path) -> Shop:
    """The small shop's extracts in one go, and a day without any."""
    landing = small_home / "landing"
    return Shop(landing, [sorted(path for path in (landing / "contract").rglob("*") if path.is_file()), []])


@pytest.fixture(scope="module")
def chain(small_home: Path, shop: Shop, warm: WarmPython, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """A home that begins with a parsed project and nothing else."""
    home = small_home / "home"
    undisturbed = Reference(home, ledger(home / "warehouse.duckdb"), {})
    made = Chain(tmp_path_factory.mktemp("chain") / "lane", shop, home / "dbt", [undisturbed, undisturbed], warm.python)
    made.begin()
    return made


def test_a_first_refresh_that_is_killed_while_models_are_built_is_made_up_for_by_the_next(chain: Chain) -> None:
    trial = chain.trial("build", 12.0, scope="group", is_cold=False, chance=random.Random(20))
    assert (trial.hit, trial.failures) == ("build", [])


def test_what_went_wrong_in_a_trial_is_told_and_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = {"kind": "kill", "hit": "swap", "seen_on_disk": "swapped", "scope": "group", "reads": 7, "failures": []}
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

    results.write_text(json.dumps(good) + "\n", encoding="utf-8")
    assert main([*asked, "--kills", "1"]) == 0
    assert main([*asked, "--kills", "2"]) == 1
    assert "Not finished" in capsys.readouterr().out

    results.write_text(json.dumps(good) + "\n" + json.dumps(bad) + "\n", encoding="utf-8")
    assert main([*asked, "--kills", "2"]) == 1
    told = capsys.readouterr().out
    assert "2 kills in 2 trials" in told
    assert "WRONG at 2026-02-01T02:30:00Z (abc, load): 2 rows of core.fct_orders" in told
