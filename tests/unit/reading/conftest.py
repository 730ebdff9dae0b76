"""The shop whose published snapshots the tests of reading read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.publishing.shop import Shop, ready_shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop that is ready to publish run ``run-1``."""
    return ready_shop(tmp_path)
