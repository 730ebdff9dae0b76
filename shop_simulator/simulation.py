"""Runs a simulation from the first day to the last and writes what a shop would have delivered.

Assembles the parts; what happens in the shop is decided in ``ordering``, ``contacting`` and their neighbours, how much and
how likely in ``truths``.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from shop_simulator import truths
from shop_simulator.asking import survey_orders, withhold_strays
from shop_simulator.charging import charge_a_day
from shop_simulator.contacting import simulate_contacts
from shop_simulator.draws import MILLION, Columns, Draws, Ints
from shop_simulator.dresses import DRESSES, files_of, sources_of, write_dress
from shop_simulator.extracts import FORMATS, SOURCE, BadRows, Delivery, FeedFiles, write_feed
from shop_simulator.feeds import FEEDS
from shop_simulator.ordering import simulate_orders
from shop_simulator.people import Customers, agents, merchants_and_products
from shop_simulator.planted import planted_truths
from shop_simulator.requesting import refund_cancelled
from shop_simulator.store import Store
from shop_simulator.window import NEVER, Window, last_changes_of_a_day
from shop_simulator.world import World

REPORT_FILE = "simulation.json"
TRUTHS_FILE = "truths.json"


class SimulationError(Exception):
    """The simulation cannot be run as asked; the message says why and what to do."""


@dataclass(frozen=True)
class SimulationReport:
    """What was written."""

    out: Path
    orders: int
    days: int
    until: date
    seed: int
    rows: Mapping[str, int]
    files: Mapping[str, int]
    repeated_files: Mapping[str, int]
    bad_rows: tuple[BadRows, ...]
    truths_file: Path
    report_file: Path


def simulate(
    out: Path, *, orders: int, days: int, until: date, seed: int, bad_rows: float = 0.0, strays: bool = False,
    formats: str | Mapping[str, str] | None = None, dress: str = SOURCE, on_progress: Callable[[str, int, int], None] | None = None,
) -> SimulationReport:  # fmt: skip
    """Write the extracts of ``days`` days up to and including ``until`` into ``out/contract/<feed>/``.

    ``bad_rows`` is the share of rows that get a spoilt twin beside them; with ``strays`` a few responses name an invitation that
    nobody sent. ``formats`` is one file format for all feeds, or by feed. ``dress`` has the same shop written as other systems'
    files instead, in the formats of those. ``on_progress`` is called with what is being done, how much of it is done, and how much
    there is. The same arguments write the same bytes.
    """
    file_formats = _checked(orders, days, until, bad_rows, formats)
    if dress != SOURCE:
        _insist_dress_can_be_worn(dress, bad_rows, strays, formats)
        file_formats = {}
    out = Path(out)
    _make_room(out, dress)
    parameters = {
        "orders": orders, "days": days, "until": until.isoformat(), "seed": seed, "bad_rows": bad_rows, "strays": strays,
        "formats": file_formats, "dress": dress,
    }  # fmt: skip
    # Known before they are written, so that a simulation that was interrupted is replaced too.
    listed = {"dress_files": [] if dress == SOURCE else files_of(dress, Window(days, until))}
    report_file = out / REPORT_FILE
    _write_json(report_file, {"parameters": parameters, "complete": False, **listed})
    progress = on_progress or _silent

    scratch = Path(tempfile.mkdtemp(prefix=".simulating-", dir=out))
    try:
        window, draws = Window(days, until), Draws(seed)
        store = Store(scratch / "store.duckdb")
        try:
            world = _peopled(window, draws, store, orders)
            for day, count in enumerate(window.orders_by_day(orders)):
                _simulate_day(world, day, count, orders)
                progress("simulating days", day + 1, days)
            store.finish()
            if not strays:
                # Written and taken out again, so that the shop is otherwise the same with and without them.
                withhold_strays(store)
            facts = planted_truths(world)
            results: list[FeedFiles] = []
            if dress != SOURCE:
                progress(f"writing {dress}", 0, 1)
                results = write_dress(store, window, dress, out)
            for number, feed in enumerate(FEEDS if dress == SOURCE else ()):
                progress(f"writing {feed.name}", number, len(FEEDS))
                delivery = Delivery(out / SOURCE / feed.name, file_formats[feed.name], round(bad_rows * MILLION))
                results.append(write_feed(store, draws, window, feed, delivery))
            progress("writing", len(FEEDS), len(FEEDS))
        finally:
            store.close()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)

    report = SimulationReport(
        out=out, orders=orders, days=days, until=until, seed=seed,
        rows={each.feed: each.rows for each in results},
        files={each.feed: each.files for each in results},
        repeated_files={each.feed: each.repeated_files for each in results},
        bad_rows=tuple(bad for each in results for bad in each.bad_rows),
        truths_file=out / TRUTHS_FILE, report_file=report_file,
    )  # fmt: skip
    _write_json(report.truths_file, {"parameters": parameters, "truths": facts})
    _write_json(
        report_file,
        {
            "parameters": parameters,
            "complete": True,
            **listed,
            "feeds": {each.feed: {"rows": each.rows, "files": each.files, "repeated_files": each.repeated_files} for each in results},
            "bad_rows": [vars(bad) for bad in report.bad_rows],
        },
    )
    return report


def _silent(what: str, done: int, total: int) -> None:
    """Nobody wants to know."""
    del what, done, total


def _checked(orders: int, days: int, until: date, bad_rows: float, formats: str | Mapping[str, str] | None) -> dict[str, str]:
    if orders < 1 or days < 1:
        raise SimulationError(f"A shop needs at least one order and one day: orders is {orders}, days is {days}.")
    if not 0 <= bad_rows <= 1:
        raise SimulationError(f"bad_rows is a share between 0 and 1, not {bad_rows}.")
    if until.year < 1980 or until.year > 2090:
        raise SimulationError(f"until is {until}: choose a day between 1980 and 2090.")
    chosen = {feed.name: feed.file_format for feed in FEEDS}
    if isinstance(formats, str):
        chosen = dict.fromkeys(chosen, formats)
    elif formats is not None:
        unknown = sorted(set(formats) - set(chosen))
        if unknown:
            raise SimulationError(f"formats names feeds that the contract does not have: {', '.join(unknown)}.")
        chosen |= formats
    wrong = sorted(set(chosen.values()) - set(FORMATS))
    if wrong:
        raise SimulationError(f"Unknown file format {', '.join(wrong)}; choose from {', '.join(FORMATS)}.")
    return chosen


def _insist_dress_can_be_worn(dress: str, bad_rows: float, strays: bool, formats: str | Mapping[str, str] | None) -> None:
    if dress not in DRESSES:
        raise SimulationError(f"There is no dress {dress!r}; choose from {', '.join([SOURCE, *DRESSES])}.")
    if bad_rows or strays or formats is not None:
        raise SimulationError(f"Bad rows, strays and formats are of the dress {SOURCE} only: leave them out with {dress}.")


def _make_room(out: Path, dress: str) -> None:
    """An earlier simulation is replaced, whatever it wore; anything else is left alone and refused."""
    out.mkdir(parents=True, exist_ok=True)
    report = out / REPORT_FILE
    if dress == SOURCE and (out / SOURCE).exists() and any((out / SOURCE).iterdir()) and not report.exists():
        raise SimulationError(f"{out / SOURCE} holds files that no simulation wrote. Choose an empty folder, or move them away first.")
    if report.exists():
        for feed in FEEDS:
            shutil.rmtree(out / SOURCE / feed.name, ignore_errors=True)
        # Beside a dress may lie what a shop's real systems delivered: only what the report lists is ours.
        for name in json.loads(report.read_text(encoding="utf-8")).get("dress_files", []):
            (out / name).unlink(missing_ok=True)
    for source in [] if dress == SOURCE else sources_of(dress):
        if any(path.is_file() for path in (out / source).rglob("*")):
            raise SimulationError(f"{out / source} holds files that no simulation wrote. Choose an empty folder, or move them away first.")
    for leftover in out.glob(".simulating-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    (out / TRUTHS_FILE).unlink(missing_ok=True)


def _write_json(path: Path, content: object) -> None:
    unfinished = path.with_name(path.name + ".tmp")
    unfinished.write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=False) + "\n", encoding="utf-8")
    unfinished.replace(path)


def _simulate_day(world: World, day: int, count: int, all_orders: int) -> None:
    orders = simulate_orders(world, day, count)
    refund_cancelled(world, orders)
    simulate_contacts(world, day, orders)
    survey_orders(world, orders)
    charge_a_day(world, day, all_orders)


def _peopled(window: Window, draws: Draws, store: Store, orders: int) -> World:
    """The shop on the eve of the first day, its standing data stored for delivery."""
    customers = Customers(draws, window, orders)
    merchants, products = merchants_and_products(draws, window, orders)
    staff = agents(draws, window, orders)
    world = World(window, draws, store, customers, merchants, products, staff)

    ids = np.arange(customers.count, dtype=np.int64)
    never = np.full(customers.count, NEVER)
    some_day = world.between("customer changes", ids, 0, window.days * truths.DAY) + window.start
    can = some_day > customers.registered_at
    promoted_at = np.where(can & (customers.tier > 0) & world.chance("promoted", ids, truths.percent(12)), some_day, never)
    phone_at = np.where(can & world.chance("new phone", ids, truths.CORRECTED_PPM), some_day + 60, never)
    columns = {
        "customer": ids, "registered_at": customers.registered_at, "region": customers.region, "tier": customers.tier,
        "first_tier": np.where(promoted_at < NEVER, customers.tier - 1, customers.tier), "promoted_at": promoted_at,
        "phone_changed_at": phone_at, "surname": customers.surname,
    }  # fmt: skip
    _deliver_at_once(world, "customers", ids, columns, [customers.registered_at, promoted_at, phone_at])

    ids = np.arange(len(merchants.category), dtype=np.int64)
    columns = {"merchant": ids, "category": merchants.category, "region": merchants.region, "opened_at": merchants.opened_at}
    _deliver_at_once(world, "merchants", ids, columns, [merchants.opened_at])

    ids = np.arange(len(products.merchant), dtype=np.int64)
    renamed = world.chance("renamed", ids, truths.CORRECTED_PPM)
    renamed_at = np.where(renamed, window.start + world.between("renamed at", ids, 0, window.days * truths.DAY), NEVER)
    columns = {
        "product": ids, "category": products.category, "merchant": products.merchant, "policy": products.policy,
        "window_days": products.window_days, "warranty_days": products.warranty_days, "renamed_at": renamed_at,
    }  # fmt: skip
    _deliver_at_once(world, "products", ids, columns, [products.made_at, renamed_at])
    _deliver_staff(world)
    _deliver_initiatives(world)
    return world


def _deliver_at_once(world: World, feed: str, ids: Ints, columns: Columns, moments: Sequence[Ints]) -> None:
    """Standing data is extracted on the day it changes: nothing that refers to it may come first."""
    for kind, (rows, updated_at) in enumerate(last_changes_of_a_day(world.window, moments)):
        day = np.clip(world.window.day_of(updated_at), 0, world.window.days - 1)
        block = {name: values[rows] for name, values in columns.items()}
        world.add(feed, ids[rows] * 16 + kind, {**block, "updated_at": updated_at, "_day": day})


def _deliver_staff(world: World) -> None:
    staff, window = world.agents, world.window
    spell = np.arange(len(staff.spell_agent), dtype=np.int64)
    columns = {
        "agent": staff.spell_agent, "valid_from": staff.spell_from, "role": staff.spell_role, "team": staff.spell_team,
        "hired_at": staff.hired_at[staff.spell_agent], "surname": world.draws.bits("agent name", staff.spell_agent).astype(np.int64) >> 44,
    }  # fmt: skip
    columns["surname"] = np.abs(columns["surname"])
    _deliver_at_once(world, "agents", spell, columns, [staff.spell_from])

    agent = np.flatnonzero(staff.trained_at <= window.end)
    blocks = [(agent, np.zeros(len(agent), dtype=np.int64), staff.trained_at[agent])]
    human = np.arange(len(staff.hired_at) - 3, dtype=np.int64)
    for course in range(1, len(truths.COURSES)):
        takes = human[world.chance(f"course {course}", human, truths.OTHER_COURSES_PPM)]
        day = world.between(f"course day {course}", takes, 0, window.days)
        at = window.start + day * truths.DAY
        later = at > staff.hired_at[takes]
        blocks.append((takes[later], np.full(int(later.sum()), course), at[later]))
    who, course, at = (np.concatenate(part) for part in zip(*blocks, strict=True))
    ids = who * 8 + course
    # Entered the evening of the course; a few entries were for a course that did not take place.
    noted_at = np.minimum(at + 18 * truths.HOUR, window.end)
    cancelled = (course > 0) & world.chance("course cancelled", ids, truths.percent(8))
    withdrawn_at = np.where(cancelled, np.minimum(noted_at + 2 * truths.DAY, window.end), NEVER)
    columns = {"agent": who, "course": course, "trained_at": at, "withdrawn_at": withdrawn_at}
    _deliver_at_once(world, "agent_trainings", ids, columns, [noted_at, withdrawn_at])


def _deliver_initiatives(world: World) -> None:
    window = world.window
    ids = np.arange(len(truths.INITIATIVES), dtype=np.int64)
    started_at = np.array([window.at_percent(each.start) for each in truths.INITIATIVES], dtype=np.int64)
    columns = {
        "initiative": ids, "started_at": started_at,
        "investment": np.array([each.investment_cents for each in truths.INITIATIVES], dtype=np.int64),
    }  # fmt: skip
    _deliver_at_once(world, "initiatives", ids, columns, [started_at + 9 * truths.HOUR])
