"""The same arguments write the same bytes, and an earlier simulation is replaced whole."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from shop_simulator import SimulationError, SimulationReport, simulate

UNTIL = date(2024, 11, 20)


def small(out: Path, *, seed: int = 5, orders: int = 400, days: int = 20, **more: object) -> SimulationReport:
    return simulate(out, orders=orders, days=days, until=UNTIL, seed=seed, **more)  # type: ignore[arg-type]


def fingerprints(out: Path) -> dict[str, str]:
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.rglob("*")) if path.is_file()}


def test_the_same_seed_writes_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    small(tmp_path / "here", bad_rows=0.02)
    command = (
        "from datetime import date; from pathlib import Path; from shop_simulator import simulate;"
        f"simulate(Path({str(tmp_path / 'there')!r}), orders=400, days=20, until=date(2024, 11, 20), seed=5, bad_rows=0.02)"
    )
    subprocess.run([sys.executable, "-c", command], check=True, cwd=Path(__file__).resolve().parents[3])

    here = fingerprints(tmp_path / "here")

    assert here == fingerprints(tmp_path / "there")
    assert len(here) > 100


def test_another_seed_writes_other_rows(tmp_path: Path) -> None:
    small(tmp_path / "one", seed=1)
    small(tmp_path / "two", seed=2)

    one, two = fingerprints(tmp_path / "one"), fingerprints(tmp_path / "two")

    same = [name for name in one if "/orders/" in name and one[name] == two.get(name)]
    assert same == []


def test_bytes_written_on_another_machine_are_the_ones_recorded_here(tmp_path: Path) -> None:
    """Recorded once on Linux x86-64. A change of the simulator changes it on purpose; a change of machine must not."""
    small(tmp_path, formats="csv")
    found = fingerprints(tmp_path / "contract")
    together = hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()

    assert together == RECORDED


RECORDED = "bb7314a711fa87a5ca6ece0cce57158a0087fe276a4e371f653ccdd45f5a6b63"


def test_a_simulation_replaces_an_earlier_one_and_leaves_nothing_of_it(tmp_path: Path) -> None:
    small(tmp_path / "twice", seed=1, days=25)
    small(tmp_path / "twice", seed=5)
    small(tmp_path / "once", seed=5)

    assert fingerprints(tmp_path / "twice") == fingerprints(tmp_path / "once")


def test_files_that_no_simulation_wrote_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "contract" / "orders").mkdir(parents=True)
    (tmp_path / "contract" / "orders" / "orders_real.csv").write_text("order_id\n1\n", encoding="utf-8")

    with pytest.raises(SimulationError, match="no simulation wrote"):
        small(tmp_path)

    assert (tmp_path / "contract" / "orders" / "orders_real.csv").exists()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"orders": 0}, "at least one order"),
        ({"days": 0}, "at least one order and one day"),
        ({"bad_rows": 1.5}, "between 0 and 1"),
        ({"formats": "xlsx"}, "Unknown file format xlsx"),
        ({"formats": {"ordres": "csv"}}, "does not have: ordres"),
    ],
)
def test_impossible_wishes_are_refused_in_plain_words(tmp_path: Path, wrong: dict[str, object], message: str) -> None:
    with pytest.raises(SimulationError, match=message):
        small(tmp_path, **wrong)  # type: ignore[arg-type]

    assert list(tmp_path.iterdir()) == []


def test_no_temporary_file_is_left(tmp_path: Path) -> None:
    small(tmp_path)

    assert [path for path in tmp_path.rglob("*") if ".tmp" in path.name or path.name.startswith(".simulating")] == []
