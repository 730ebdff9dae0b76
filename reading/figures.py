"""Writes numbers for people: one way for each unit of a KPI. Rounds for the eye only; no figure is computed here."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

NOTHING = "–"

_UNIT_WORDS = {"minutes": " min", "hours": " h", "per_1000": " per 1,000"}


def figure(value: float | None, unit: str) -> str:
    """A KPI's value: ``87.3 %``, ``+19.0 points``, ``12.3 min``, ``1,204``; a dash when there is none."""
    if value is None:
        return NOTHING
    match unit:
        case "ratio":
            return f"{value * 100:.1f} %"
        case "points":
            return f"{value * 100:+.1f} points"
        case "count":
            return count(value) if float(value).is_integer() else f"{value:,.2f}"
        case "score" | "amount":
            return f"{value:,.2f}"
        case _:
            return f"{value:,.1f}{_UNIT_WORDS.get(unit, '')}"


def change(moved: float | None, kind: str) -> str:
    """How a value moved, as the scoreboard says it: a difference of shares in points, a relative change in per cent."""
    if moved is None:
        return NOTHING
    return f"{moved * 100:+.1f} {'points' if kind == 'points' else '%'}"


def difference(moved: Decimal, unit: str) -> str:
    """How far a value of a unit moved, in that unit: ``+1.2 points``, ``-3.4 min``, ``+1,204``."""
    if unit in {"ratio", "points"}:
        return f"{moved * 100:+z.1f} points"
    told = figure(float(abs(moved)), unit)
    return f"{'-' if moved < 0 and any(digit in told for digit in '123456789') else '+'}{told}"


def count(value: float | None) -> str:
    """A whole number with thousands separated."""
    return NOTHING if value is None else f"{round(value):,}"


def part(value: float | None) -> str:
    """A numerator or denominator: whole when it is whole, else with two decimals."""
    if value is None:
        return NOTHING
    return count(value) if float(value).is_integer() else f"{value:,.2f}"


def interval(lower: float | None, upper: float | None, unit: str) -> str:
    """A confidence interval, written as from – to."""
    if lower is None or upper is None:
        return NOTHING
    if unit in {"ratio", "points"}:
        sign = "+" if unit == "points" else ""
        return f"{lower * 100:{sign}.1f} – {upper * 100:{sign}.1f} {'points' if unit == 'points' else '%'}"
    return f"{lower:,.2f} – {upper:,.2f}"


def period(start: date, grain: str) -> str:
    """A period by its usual name: ``2026-03``, ``2026-Q1``, ``2026-W14``, ``2026``, ``2026-03-31``."""
    match grain:
        case "year":
            return f"{start.year}"
        case "quarter":
            return f"{start.year}-Q{(start.month + 2) // 3}"
        case "month":
            return f"{start:%Y-%m}"
        case "week":
            year, week, _ = start.isocalendar()
            return f"{year}-W{week:02d}"
        case _:
            return start.isoformat()


def age(elapsed: timedelta) -> str:
    """A length of time in its two largest units: ``3 days 4 hours``."""
    minutes = int(elapsed.total_seconds() // 60)
    if minutes < 1:
        return "less than a minute"
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    named = [(days, "day"), (hours, "hour"), (minutes, "minute")]
    largest = next(index for index, (amount, _) in enumerate(named) if amount)
    return " ".join(f"{amount} {name}{'' if amount == 1 else 's'}" for amount, name in named[largest : largest + 2] if amount)
