"""What dbt is spared is asked of dbt once, and says what dbt says."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import parsedatetime
import pytest
from dbt.context import providers
from dbt_common.clients import agate_helper

from orchestration.runs.spared_work import spare_repeated_work


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """How often agate's account of dates was made; all is undone after the test."""
    calls: list[Any] = []

    class Counted(parsedatetime.Constants):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            calls.append(arguments)
            super().__init__(*arguments, **options)

    for module, name, value in (
        (parsedatetime, "Constants", Counted),
        (providers, "args_to_dict", providers.args_to_dict),
    ):
        monkeypatch.setattr(module, name, value)
    yield calls


def results() -> list[Any]:
    return [agate_helper.empty_table(), agate_helper.table_from_data_flat([{"day": "2025-03-04", "count": 7}], ["day", "count"])]


def test_what_dates_look_like_is_made_once_and_tables_of_results_are_the_same(made: list[Any]) -> None:
    as_before = [table.rows for table in results()]
    assert len(made) >= 4, "dbt or agate keeps it by now: the patch can go"
    made.clear()
    spare_repeated_work()
    spare_repeated_work()
    assert [[table.rows for table in results()] for _ in range(3)] == [as_before] * 3
    assert len(made) == 1


@pytest.mark.usefixtures("made")
def test_what_dbt_was_called_with_is_told_as_before_and_made_once_for_each_call() -> None:
    one, other = SimpleNamespace(which="build", threads=1), SimpleNamespace(which="parse", threads=1)
    as_before = [providers.args_to_dict(args) for args in (one, other)]
    assert providers.args_to_dict(one) is not providers.args_to_dict(one), "dbt keeps it by now: the patch can go"
    spare_repeated_work()
    assert [providers.args_to_dict(args) for args in (one, other)] == as_before
    assert providers.args_to_dict(other) is providers.args_to_dict(other)
