"""The shop whose marts the tests of publishing publish."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.publishing.shop import Shop, manifest, model, ready_shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop that is ready to publish run ``run-1``."""
    return ready_shop(tmp_path)


@pytest.fixture
def describe_model() -> Callable[..., dict[str, Any]]:
    """Makes a model of a dbt manifest."""
    return model


@pytest.fixture
def describe_manifest() -> Callable[..., dict[str, Any]]:
    """Makes a dbt manifest."""
    return manifest
