"""A refresh of the project that loaded and tested its seeds before leaves them, and their tests, alone; with --full it does not."""

import shutil
from pathlib import Path

from tests.support.warehouse import published, refreshed

SEEDS_TESTED = """
    select count(distinct subject) from quality.check_results
    where stage = 'dbt' and subject like 'reference.%' and run_id = (select max_by(run_id, checked_at) from quality.check_results)
"""


def test_seeds_that_stand_are_neither_loaded_nor_tested_again(tmp_path: Path, reduced_home: Path) -> None:
    home, landing, project = tmp_path / "home", reduced_home / "landing", reduced_home / "project"
    shutil.copytree(reduced_home / "home", home, symlinks=True)

    def tested() -> int:
        with published(home) as marts:
            return marts.execute(SEEDS_TESTED).fetchall()[0][0]

    first = tested()
    assert first > 0
    refreshed(home, landing, "--as-of", "2025-11-15T12:00:00", project=project)
    assert tested() == 0
    refreshed(home, landing, "--full", project=project)
    assert tested() == first
