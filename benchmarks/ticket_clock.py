"""The ticket clock's cost against one hand-written query, measured in one run: CPU seconds on the same tickets and events.

``make bench-clock`` writes a help desk of 200,000 tickets and 1.5 million events, lets dbt compile the clock's models, and builds in a
process of its own each time: the hand-written query, and every model between the unions of the sources and fct_tickets,
fct_ticket_intervals and fct_ticket_sla. The medians of the repeats are compared. Exits 1 when the models cost more than three times
the query.

The query does as little as it can and still be right: it takes second copies of events out, orders each ticket's events with window
functions, reads each reply in its actor's role of that moment, and gives first reply and resolution in calendar minutes. The models
give 18 durations, their intervals, business time by calendars, service levels with pauses and policies, merged tickets, counts and
owners. Beside it stands a barer query that trusts the events to be free of copies and orders only the status changes, and
fct_ticket_events, which no model of the clock reads.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

PROJECT_ROOT = Path(__file__).resolve().parents[1]
RATIO_LIMIT = 3.0
FACTS = ("fct_tickets", "fct_ticket_intervals", "fct_ticket_sla")
BESIDE = "fct_ticket_events"
GIVEN = ("int_tickets__unioned", "int_ticket_events__unioned", "int_agents__unioned", "int_as_of__resolved")
AS_OF = "2025-12-20 00:00:00"
FIRST_DAY = "2024-06-01 00:00:00"
TEMPLATES = 40

ROLES = """
    roles as (
        select
            agent_key, agent_role, valid_from,
            lead(valid_from, 1, timestamp '9999-01-01') over (partition by agent_key order by valid_from) as valid_to
        from intermediate.int_agents__unioned
    )
"""
HAND_WRITTEN = f"""
    with {ROLES},
    numbered as (
        select
            *,
            row_number() over (
                partition by ticket_key, occurred_at, event_type, actor_key, from_value, to_value order by event_key
            ) as copy_number
        from intermediate.int_ticket_events__unioned
    ),
    ordered as (
        select
            numbered.*,
            lag(to_value) over in_order as previous_status,
            row_number() over (
                partition by ticket_key, event_type = 'status_changed' order by occurred_at desc, event_key desc
            ) as place_from_the_end
        from numbered
        where copy_number = 1
        window in_order as (partition by ticket_key, event_type = 'status_changed' order by occurred_at, event_key)
    ),
    moments as (
        select
            ordered.ticket_key,
            min(occurred_at) filter (where event_type = 'agent_reply' and agent_role in ('human', 'partner')) as first_reply_at,
            max(occurred_at) filter (
                where event_type = 'status_changed' and (
                    (to_value = 'solved' and coalesce(previous_status, 'new') <> 'solved')
                    or (to_value = 'closed' and coalesce(previous_status, 'new') not in ('solved', 'closed'))
                )
            ) as last_resolved_at,
            max(to_value) filter (where event_type = 'status_changed' and place_from_the_end = 1) as last_status
        from ordered
        left join roles
            on ordered.actor_key = roles.agent_key and roles.valid_from <= occurred_at and occurred_at < roles.valid_to
        group by ordered.ticket_key
    )
    select
        tickets.ticket_key,
        date_diff('microsecond', created_at, first_reply_at) / 6e7 as first_reply_minutes,
        case when last_status in ('solved', 'closed') then date_diff('microsecond', created_at, last_resolved_at) / 6e7 end
            as resolution_minutes
    from intermediate.int_tickets__unioned as tickets
    left join moments on tickets.ticket_key = moments.ticket_key
"""
BARER = f"""
    with {ROLES},
    replies as (
        select events.ticket_key, min(occurred_at) as first_reply_at
        from intermediate.int_ticket_events__unioned as events
        inner join roles
            on events.actor_key = roles.agent_key and roles.valid_from <= occurred_at and occurred_at < roles.valid_to
        where event_type = 'agent_reply' and agent_role in ('human', 'partner')
        group by events.ticket_key
    ),
    changes as (
        select
            ticket_key, to_value, occurred_at,
            coalesce(lag(to_value) over (partition by ticket_key order by occurred_at, event_key), 'new') as previous_status,
            row_number() over (partition by ticket_key order by occurred_at desc, event_key desc) as place_from_the_end
        from intermediate.int_ticket_events__unioned
        where event_type = 'status_changed'
    ),
    resolutions as (
        select
            ticket_key,
            max(to_value) filter (where place_from_the_end = 1) as last_status,
            max(occurred_at) filter (
                where (to_value = 'solved' and previous_status <> 'solved')
                or (to_value = 'closed' and previous_status not in ('solved', 'closed'))
            ) as last_resolved_at
        from changes
        group by ticket_key
    )
    select
        tickets.ticket_key,
        date_diff('microsecond', created_at, first_reply_at) / 6e7 as first_reply_minutes,
        case when last_status in ('solved', 'closed') then date_diff('microsecond', created_at, last_resolved_at) / 6e7 end
            as resolution_minutes
    from intermediate.int_tickets__unioned as tickets
    left join replies on tickets.ticket_key = replies.ticket_key
    left join resolutions on tickets.ticket_key = resolutions.ticket_key
"""


def histories() -> list[tuple[int, int, str, int, str | None, str | None, str | None]]:
    """What happens to a ticket, in forty ways: template, place, event type, minutes after the opening, actor, from, to."""
    chance = random.Random(1)
    rows: list[tuple[int, int, str, int, str | None, str | None, str | None]] = []
    for template in range(TEMPLATES):
        minutes, status = 0, "new"
        events: list[tuple[str, int, str | None, str | None, str | None]] = [("created", 0, None, None, None)]
        if template % 4 == 0:
            events.append(("bot_reply", 1, "bot", None, None))
        minutes += chance.randint(1, 30)
        events += [("assigned", minutes, None, None, "agent"), ("status_changed", minutes, "agent", status, "open")]
        minutes += chance.randint(3, 300)
        events.append(("agent_reply", minutes, "agent", None, None))
        if chance.random() < 0.4:
            events.append(("status_changed", minutes, "agent", "open", "pending"))
            minutes += chance.randint(10, 2000)
            events += [("customer_reply", minutes, None, None, None), ("status_changed", minutes, None, "pending", "open")]
        if template % 10:
            minutes += chance.randint(1, 1500)
            events.append(("status_changed", minutes, "agent", "open", "solved"))
            if template % 13 == 0:
                minutes += chance.randint(100, 3000)
                events += [("status_changed", minutes, None, "solved", "open"), ("status_changed", minutes + 60, "agent", "open", "solved")]
            if template % 2:
                events.append(("result_feedback", minutes + chance.randint(70, 600), "agent", None, None))
            if template % 5:
                events.append(("status_changed", minutes + 4320, None, "solved", "closed"))
        rows += [(template, place, *event) for place, event in enumerate(events)]
    return rows


def write_help_desk(path: Path, tickets: int) -> int:
    """Write the tables that the clock's models read; return how many events there are."""
    from orchestration.connections import connected

    with connected(path) as connection:
        connection.execute("create schema intermediate")
        connection.execute(
            f"create table intermediate.int_as_of__resolved as select timestamp '{FIRST_DAY}' as first_at, timestamp '{AS_OF}' as as_of_at"
        )
        connection.execute(
            "create temp table histories (template integer, place integer, event_type text, minutes integer, actor text, "
            "from_value text, to_value text)"
        )
        connection.executemany("insert into histories values (?, ?, ?, ?, ?, ?, ?)", histories())
        opened = f"timestamp '{FIRST_DAY}' + to_seconds(cast(i * 540.0 * 86400 / {tickets} as bigint))"
        key = "'contract:T' || lpad(cast(i as text), 8, '0')"

        def pick(values: list[str], salt: int) -> str:
            return f"{values}[1 + cast(hash(i * {salt}) % {len(values)} as integer)]"

        connection.execute(f"""
            create table intermediate.int_tickets__unioned as
            select
                {key} as ticket_key, 'contract' as source_system, 'T' || lpad(cast(i as text), 8, '0') as ticket_id,
                'contract:C' || hash(i) % 80000 as customer_key, 'contract:O' || i as order_key,
                'contract:M' || hash(i) % 300 as merchant_key, 'contract:P' || hash(i) % 5000 as product_key,
                case when i % 200 = 7 then 'contract:T' || lpad(cast(i - 1 as text), 8, '0') end as merged_into_ticket_key,
                {pick(["phone", "chat", "email", "app", "social"], 7)} as channel,
                {pick(["return_exchange", "repair", "logistics", "payment", "other"], 11)} as issue_type,
                {pick(["urgent", "high", "normal", "low"], 13)} as priority, 'targeted_solution' as resolution_code,
                hash(i) % 20 = 0 as is_complaint, hash(i) % 50 = 0 as is_pre_sale, hash(i) % 99 = 0 as is_spam, {opened} as created_at
            from range({tickets}) as numbers(i)
        """)
        connection.execute(f"""
            create table intermediate.int_ticket_events__unioned as
            select
                'contract:E' || lpad(cast(i * 20 + place as text), 10, '0') as event_key, 'contract' as source_system,
                'E' || lpad(cast(i * 20 + place as text), 10, '0') as event_id, {key} as ticket_key,
                case actor when 'agent' then 'contract:A' || hash(i) % 200 when 'bot' then 'contract:B1' end as actor_key,
                event_type, from_value, case to_value when 'agent' then 'A' || hash(i) % 200 else to_value end as to_value,
                {opened} + to_seconds(cast(minutes * 60 * (0.3 + hash(i) % 1000 / 400.0) as bigint)) as occurred_at
            from range({tickets}) as numbers(i)
            inner join histories on template = hash(i * 3) % {TEMPLATES}
            where {opened} + to_seconds(cast(minutes * 60 * (0.3 + hash(i) % 1000 / 400.0) as bigint)) <= timestamp '{AS_OF}'
            order by hash(i * 20 + place)
        """)
        connection.execute("""
            create table intermediate.int_agents__unioned as
            select
                'contract:A' || i || '|' || valid_from as agent_spell_key, 'contract:A' || i as agent_key, 'contract' as source_system,
                'A' || i as agent_id, 'human' as agent_role, 'team ' || (i + spell) % 8 as team, date '2023-01-01' as hired_on, valid_from
            from range(200) as numbers(i)
            cross join (values (0, timestamp '2024-01-01'), (3, timestamp '2025-03-01')) as spells(spell, valid_from)
            union all
            select 'contract:B1|2024-01-01', 'contract:B1', 'contract', 'B1', 'bot', 'bots', date '2023-01-01', timestamp '2024-01-01'
        """)
        row = connection.execute("select count(*) from intermediate.int_ticket_events__unioned").fetchone()
        assert row is not None
        return int(row[0])


def compile_models(folder: Path) -> None:
    """Let dbt compile the clock's models and load the seeds they read into the help desk's database."""
    environment = {**os.environ, "AFTERSALES_HOME": str(folder), "DBT_TARGET_PATH": str(folder / "target")}
    base = [str(Path(sys.executable).with_name("dbt")), "--quiet"]
    options = ["--profiles-dir", str(PROJECT_ROOT), "--project-dir", str(PROJECT_ROOT), "--log-path", str(folder / "logs")]
    selected = [*(f"+{fact}" for fact in FACTS), f"+{BESIDE}"]
    for command in (["seed", "--select", *selected], ["compile", "--select", *selected]):
        finished = subprocess.run([*base, *command, *options], env=environment, capture_output=True, text=True, check=False)
        if finished.returncode != 0:
            raise SystemExit(finished.stdout + finished.stderr)


def ordered_models(folder: Path) -> list[dict[str, Any]]:
    """The compiled models between the unions and the facts, in an order in which they can be built."""
    nodes: dict[str, Any] = json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    ordered: dict[str, dict[str, Any]] = {}

    def add(unique_id: str) -> None:
        node = nodes.get(unique_id)
        if node is None or node["resource_type"] != "model" or unique_id in ordered or node["name"] in GIVEN:
            return
        for parent in node["depends_on"]["nodes"]:
            add(parent)
        ordered[unique_id] = node

    for fact in (*FACTS, BESIDE):
        add(f"model.aftersales.{fact}")
    return list(ordered.values())


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def build(folder: Path) -> dict[str, float]:
    """Build the queries and the models once, each as a table on disk, and return their CPU seconds by name."""
    from orchestration.connections import connected

    spent: dict[str, float] = {}
    with connected(folder / "warehouse.duckdb") as connection:
        connection.execute("create schema core")

        def timed(name: str, statement: str) -> None:
            before = cpu_seconds()
            connection.execute(statement)
            connection.execute("checkpoint")
            spent[name] = cpu_seconds() - before

        connection.execute("select count(event_key), count(ticket_key) from intermediate.int_ticket_events__unioned")
        timed("hand-written", f"create table hand_written as {HAND_WRITTEN}")
        timed("barer", f"create table barer as {BARER}")
        for node in ordered_models(folder):
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            timed(node["name"], f"create {kind} {node['schema']}.{node['name']} as {node['compiled_code']}")
        # Both are right where both speak: on tickets that no other one was merged into.
        differing = connection.execute("""
            select count(*)
            from core.fct_tickets as ours
            inner join hand_written as theirs on ours.ticket_key = theirs.ticket_key
            where ours.first_reply_minutes is distinct from theirs.first_reply_minutes
                or ours.resolution_minutes is distinct from theirs.resolution_minutes
        """).fetchone()
        merged = connection.execute("select count(*) filter (where is_merged) from core.fct_tickets").fetchone()
        assert differing is not None and merged is not None and differing[0] <= 2 * merged[0], (differing, merged)
    return spent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=200_000)
    parser.add_argument("--repeat", type=int, default=3, help="runs, of which the median counts")
    parser.add_argument("--build", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.build:
        print(json.dumps(build(arguments.build)))
        return 0

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        events = write_help_desk(folder / "warehouse.duckdb", arguments.tickets)
        compile_models(folder)
        print(f"{arguments.tickets:,} tickets, {events:,} events, {arguments.repeat} runs")
        runs: list[dict[str, float]] = []
        for number in range(arguments.repeat):
            run = folder / f"run_{number}"
            run.mkdir()
            shutil.copy(folder / "warehouse.duckdb", run / "warehouse.duckdb")
            shutil.copytree(folder / "target", run / "target")
            finished = subprocess.run(
                [sys.executable, __file__, "--build", str(run)],
                env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)},
                capture_output=True,
                text=True,
                check=False,
            )
            if finished.returncode != 0:
                raise SystemExit(finished.stdout + finished.stderr)
            runs.append(json.loads(finished.stdout.splitlines()[-1]))
            shutil.rmtree(run)
    return report(runs)


def report(runs: list[dict[str, float]]) -> int:
    """Print what was measured and judge it."""
    spent = {name: median(run[name] for run in runs) for name in runs[0]}
    queries = {name: spent.pop(name) for name in ("hand-written", "barer")}
    beside = spent.pop(BESIDE)
    totals = [sum(seconds for name, seconds in run.items() if name in spent) for run in runs]
    ratio = median(total / run["hand-written"] for total, run in zip(totals, runs, strict=True))
    for name, seconds in sorted(spent.items(), key=lambda item: -item[1]):
        if seconds >= 0.05:
            print(f"  {name:<42} {seconds:7.2f} CPU s")
    print(f"  {'the rest':<42} {sum(seconds for seconds in spent.values() if seconds < 0.05):7.2f} CPU s")
    print(f"the clock's models                           {median(totals):7.2f} CPU s")
    print(f"one hand-written query                       {queries['hand-written']:7.2f} CPU s")
    print(f"a barer query, trusting that no event is a copy {queries['barer']:4.2f} CPU s")
    print(f"beside the clock: {BESIDE}          {beside:7.2f} CPU s")
    print(f"The models cost {ratio:.2f} times the hand-written query (limit {RATIO_LIMIT}).")
    print(f"Most expensive: {max(spent, key=lambda name: spent[name])}.")
    return 0 if ratio <= RATIO_LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
