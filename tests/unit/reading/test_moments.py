"""A moment is UTC, whatever offset it was written with."""

from datetime import datetime

import pytest

from reading.moments import parsed_moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", datetime(2026, 1, 31)),
        ("2026-01-31 16:00", datetime(2026, 1, 31, 16)),
        ("2026-01-31T16:00:00Z", datetime(2026, 1, 31, 16)),
        ("2026-02-01T00:00:00+08:00", datetime(2026, 1, 31, 16)),
    ],
)
def test_an_offset_is_taken_off(text: str, moment: datetime) -> None:
    assert parsed_moment(text) == moment


@pytest.mark.parametrize("text", ["yesterday", "", "2026-02-30"])
def test_what_is_no_moment_is_quoted(text: str) -> None:
    with pytest.raises(ValueError, match=f"'{text}' is no moment. Write it like 2026-01-31"):
        parsed_moment(text)
