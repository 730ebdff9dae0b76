"""A database of a few rows, and the means to ask one rule of it without Great Expectations."""

from collections.abc import Callable, Iterator

import pytest

from expectations.outbound.mart import Mart
from expectations.suites import Rule, Suite
from orchestration.connections import connected
from tests.unit.expectations.handmade import Warehouse
from tests.unit.expectations.published_marts import fill, suites


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with connected(":memory:") as connection:
        yield Warehouse(connection)


@pytest.fixture
def rule_of() -> Callable[[list[Suite], str, str], Rule]:
    """The rule of a name in the suite of a subject."""

    def find(suites: list[Suite], subject: str, name: str) -> Rule:
        (suite,) = [suite for suite in suites if suite.subject == subject]
        (rule,) = [rule for rule in suite.rules if rule.name == name]
        return rule

    return find


@pytest.fixture
def marts(warehouse: Warehouse) -> Warehouse:
    """A snapshot of which every outbound rule holds."""
    fill(warehouse)
    return warehouse


@pytest.fixture
def rule(rule_of: Callable[[list[Suite], str, str], Rule]) -> Callable[[Mart, str], Rule]:
    """The rule of a name in the suite of a mart of that snapshot."""
    return lambda mart, name: rule_of(suites(), mart.subject, name)
