"""Reads the moments that people and processes write. All are UTC inside, without saying so."""

from __future__ import annotations

from datetime import UTC, datetime


def parsed_moment(text: str) -> datetime:
    """An ISO 8601 text as a naive UTC moment; a text without an offset is UTC already. Raises ``ValueError`` that quotes the text."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no moment. Write it like 2026-01-31, or 2026-01-31T16:00:00Z.") from None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
