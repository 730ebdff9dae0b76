"""A small shop of merchants alike of whom one serves worse and worse: extracts of merchants, agents, tickets and events, and nothing else.

It stands beside the simulated shop and has a random generator of its own, so that no figure of that one depends on it. Whoever judges
merchants should find the one that declines, and no other.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

DECLINING = "M00"
_MERCHANTS = 12
_MONTHS = 6
_TICKETS_A_MONTH = 110
# The decline shows in the last two months: of so many tickets more the answer comes late and the cause is not solved.
_WORSE_SHARE = (0.0, 0.0, 0.0, 0.0, 0.35, 0.7)
_REPLY_MINUTES = ((60, 0.70), (120, 0.85), (240, 0.95), (480, 1.0))
_CODES = ("root_cause_solved", "targeted_solution", "guided_self_solve", "referred_to_repair", "unsolved")
_CODE_WEIGHTS = (48, 29, 14, 7, 2)
_FOLLOW_UP_SHARE = 0.4


def write_declining_shop(out: Path, *, first_month: datetime, seed: int) -> None:
    """Write the extracts of six months from ``first_month`` (UTC) on into ``out``/contract, one file a feed."""
    chance = random.Random(f"merchants in decline {seed}")
    tickets: list[dict[str, str]] = []
    events: list[dict[str, str]] = []
    for month in range(_MONTHS):
        begins = _month_after(first_month, month)
        minutes = int((_month_after(first_month, month + 1) - begins).total_seconds() // 60)
        for merchant in range(_MERCHANTS):
            for _ in range(_TICKETS_A_MONTH):
                opened = begins + timedelta(minutes=chance.randrange(minutes))
                is_worse = merchant == 0 and chance.random() < _WORSE_SHARE[month]
                _add_ticket(tickets, events, chance, f"M{merchant:02d}", opened, is_worse=is_worse)
    began = _text(first_month)
    _write(out, "merchants", [{"merchant_id": f"M{number:02d}", "merchant_name": f"Merchant {number}"} for number in range(_MERCHANTS)])
    _write(out, "agents", [{"agent_id": "A1", "valid_from": began, "agent_role": "human", "team": "service", "updated_at": began}])
    _write(out, "tickets", tickets)
    _write(out, "ticket_events", events)


def _add_ticket(
    tickets: list[dict[str, str]], events: list[dict[str, str]], chance: random.Random, merchant: str, opened: datetime, *, is_worse: bool
) -> None:
    ticket = f"T{len(tickets):06d}"
    place = chance.random()
    longest = next(minutes for minutes, share in _REPLY_MINUTES if place < share)
    replied = opened + timedelta(minutes=chance.randrange(500, 900) if is_worse else chance.randrange(longest // 2, longest))
    solved = replied + timedelta(minutes=chance.randrange(30, 1_440))
    code = "unsolved" if is_worse else chance.choices(_CODES, _CODE_WEIGHTS)[0]
    tickets.append(
        {
            "ticket_id": ticket,
            "merchant_id": merchant,
            "channel": chance.choice(("chat", "phone", "email")),
            "issue_type": chance.choice(("logistics", "payment", "repair")),
            "resolution_code": code,
            "created_at": _text(opened),
            "updated_at": _text(solved),
        }
    )
    told = [("agent_reply", replied, "", ""), ("status_changed", solved, "open", "solved")]
    if not is_worse and chance.random() < _FOLLOW_UP_SHARE:
        told.append(("follow_up", solved + timedelta(minutes=chance.randrange(60, 8_000)), "", ""))
    for kind, moment, before, after in told:
        events.append(
            {
                "event_id": f"E{len(events):07d}",
                "ticket_id": ticket,
                "occurred_at": _text(moment),
                "event_type": kind,
                "actor_id": "A1",
                "from_value": before,
                "to_value": after,
            }
        )


def _month_after(first_month: datetime, months: int) -> datetime:
    number = first_month.year * 12 + first_month.month - 1 + months
    return first_month.replace(year=number // 12, month=number % 12 + 1)


def _text(moment: datetime) -> str:
    return moment.replace(tzinfo=UTC).isoformat()


def _write(out: Path, feed: str, rows: Sequence[Mapping[str, str]]) -> None:
    folder = out / "contract" / feed
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{feed}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _columns(rows), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _columns(rows: Iterable[Mapping[str, str]]) -> list[str]:
    return list(next(iter(rows)))
