"""Marts that are made anew for the periods whose inputs changed are those that a build of everything makes, row for row.

After each of four days of late rows, corrections, withdrawals, reopenings, merges and moving members all marts are compared with those of a
copy that is built whole; then after changes of one input alone, and after kills. AFTERSALES_INCREMENTAL_DAYS and
AFTERSALES_INCREMENTAL_SEED ask for more days and others (a day costs some ten seconds of CPU); the test suite takes four.
"""

import os
import random
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from orchestration.connections import connected
from tests.support.dbt_runs import KILLED
from tests.support.random_deliveries import known_rows, write_random_changes, write_rows
from tests.support.twin_builds import CHANGES, DAYS_AFTER, KEYED, MARTS, REQUESTS, UNTESTED, TwinBuilds, by_key, by_period, noted, states

SEED = int(os.environ.get("AFTERSALES_INCREMENTAL_SEED", "8"))
# One way from a measure to the scoreboard: what each step notices, every other of its kind notices by the same macros.
ONE_WAY = "{} measure_members {} kpi_scoreboard"
OF_REQUESTS, OF_LOYALTY = ONE_WAY.format("measure_requests", "kpi_returns"), ONE_WAY.format("measure_loyalty", "kpi_loyalty")
OF_RESOLUTIONS = ONE_WAY.format("measure_tickets", "kpi_resolution")


def test_after_each_day_of_random_deliveries_all_tables_equal_those_of_a_full_build(
    beginning: TwinBuilds, shop: Path, tmp_path: Path
) -> None:
    twins = beginning.copied(tmp_path / "twins")
    chance = random.Random(SEED)
    for number in DAYS_AFTER:
        day = twins.deliver_day(shop, number, chance)
        write_random_changes(twins.landing, day, twins.warehouse, chance)
        twins.load()
        run = twins.all_built_alike()
        # What is compared was made by period and by key, and not of everything.
        assert set(run.made_anew) == {model.name for model in by_period(twins.project.models)}
        assert "every period" not in (run.made_anew["measure_tickets"], run.made_anew["kpi_durations"])
        assert set(run.keys_made_anew) == by_key(twins.project)
        assert run.keys_made_anew["fct_ticket_intervals"] != "every key"


def test_tables_by_key_are_made_of_the_tickets_and_orders_that_a_change_reaches(beginning: TwinBuilds, tmp_path: Path) -> None:
    twins = beginning.copied(tmp_path / "twins")
    day = datetime(2025, 12, 1)

    # A late reply to a ticket: that ticket, and no other.
    with connected(twins.warehouse, read_only=True) as connection:
        events = known_rows(connection, "ticket_events")
        customer = next(row for row in known_rows(connection, "customers") if row["customer_tier"] is not None)
    late = {**events[0], "event_id": "late", "event_type": "customer_reply", "to_value": None}
    write_rows(twins.landing, "ticket_events", day, [late])
    twins.load()
    # The families' marts come with the next change, and what is made of this one is compared with what is made of that.
    run = twins.build_all("--exclude", *(f"marts.{schema}" for schema in MARTS))
    assert run.exit_code == 0, run.log
    made = run.keys_made_anew
    of_tickets = ("fct_ticket_events", "int_ticket_statuses__entered", "fct_tickets", "int_tickets__scored")
    assert {made[name] for name in of_tickets} == {"1 keys"}
    assert made["fct_orders"] == made["fct_refunds"] == "0 keys"
    assert made["fct_ticket_next_orders"] == made["fct_assisted_orders"] == "1 keys"

    # A customer of another tier from the first day on: their orders, and the tickets of both.
    other_tier = "gold" if customer["customer_tier"] == "vip" else "vip"
    ordered = f"from core.fct_orders where customer_key = 'contract:{customer['customer_id']}'"
    asked = f"from core.fct_tickets where customer_key = 'contract:{customer['customer_id']}' or order_key in (select order_key {ordered})"
    ((orders,), (tickets,)) = (*twins.rows(f"select count(*) {ordered}"), *twins.rows(f"select count(*) {asked}"))
    write_rows(twins.landing, "customers", day, [{**customer, "customer_tier": other_tier}], "corrected")
    twins.load()
    made = twins.all_built_alike().keys_made_anew
    assert (made["fct_orders"], made["fct_tickets"], made["fct_ticket_intervals"]) == (f"{orders} keys", f"{tickets} keys", "0 keys")


def test_verdicts_that_stand_are_judged_anew_when_an_agreement_begins_or_ends(beginning: TwinBuilds, tmp_path: Path) -> None:
    twins = beginning.copied(tmp_path / "twins")
    unreported = "from core.fct_ticket_sla where metric = 'result_feedback' and stopped_at is null and started_at is not null"
    policy, calendar = "reference.sla_policies set valid_to", "reference.business_calendars set valid_to"
    # With what each as_of finds of the clocks that no report has stopped; not all of them go by the calendar that ends.
    for as_of, agreement, found in (
        ("2025-12-10 12:00:00", None, {"breached"}),
        ("2026-01-31 12:00:00", f"update {policy} = '2026-02-01' where metric = 'result_feedback'", {"breached"}),
        ("2026-02-02 12:00:00", None, {"no_policy"}),
        ("2025-12-10 12:00:00", f"update {calendar} = '2026-02-20' where calendar_code = 'cn_office'", {"breached"}),
        ("2026-01-25 12:00:00", f"update {policy} = null where metric = 'result_feedback'", {"breached"}),
        ("2026-02-21 12:00:00", None, {"unknown", "breached"}),
    ):
        moved = f"update intermediate.int_as_of__resolved set as_of_at = timestamp '{as_of}'"
        twins.change(*([agreement] if agreement else []), moved, rebuilt=["int_calendar_slots__accumulated", "int_sla_targets__resolved"])
        twins.made_by_key()
        twins.build_whole({"fct_ticket_sla"})
        assert twins.differing({"fct_ticket_sla"}) == {}, as_of
        assert {verdict for (verdict,) in twins.rows(f"select distinct verdict {unreported}")} == found


def test_tables_by_key_are_made_whole_after_a_run_that_did_not_come_to_its_end(beginning: TwinBuilds, shop: Path, tmp_path: Path) -> None:
    twins = beginning.copied(tmp_path / "twins")
    chance = random.Random(SEED)
    day = twins.deliver_day(shop, DAYS_AFTER.start, chance)
    write_random_changes(twins.landing, day, twins.warehouse, chance)
    twins.load()
    assert [twins.build_all(kill_after=chance.randrange(20, 200)).exit_code for _ in range(2)] == [KILLED] * 2
    assert set(twins.all_built_alike().keys_made_anew.values()) == {"every key"}

    # Nor does anybody know of the rest after a part of the models was built, or built by hand.
    assert twins.made_by_key() == {"0 keys"}
    assert twins.build_marts(only="fct_orders").exit_code == 0
    assert [twins.made_by_key(), twins.made_by_key()] == [{"every key"}, {"0 keys"}]
    assert [twins.made_by_key(fingerprint=""), twins.made_by_key()] == [{"every key"}] * 2


def test_nothing_is_made_anew_when_nothing_changed(beginning: TwinBuilds, tmp_path: Path) -> None:
    twins = beginning.copied(tmp_path / "twins")
    run = twins.build_all()
    assert set(run.keys_made_anew.values()) == {"0 keys"}
    # The backlog adds up over all days, so it is built whole; what is noted of it says that nothing came of it.
    assert {name for name, made in run.made_anew.items() if made != "0 periods"} == {"measure_backlog"}
    assert noted(twins.warehouse) == noted(beginning.warehouse)


def test_deleted_rows_are_cleared_away_when_the_file_has_grown_by_a_quarter_since(beginning: TwinBuilds, tmp_path: Path) -> None:
    twins = beginning.copied(tmp_path / "twins")
    ((used,),) = twins.rows("select used_blocks from pragma_database_size() where database_name = current_database()")
    assert isinstance(used, int)
    for grown, is_cleared in ((1.2, False), (1.3, True)):
        noted = int(used / grown)
        twins.change(f"update working.last_clearing set block_count = {noted}")
        assert twins.build_all("--select", "int_as_of__resolved").exit_code == 0
        # How large the file is now is noted by a build that cleared.
        ((now,),) = twins.rows("select block_count from working.last_clearing")
        assert (now != noted) is is_cleared


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory, beginning: TwinBuilds) -> TwinBuilds:
    """A copy that each test below changes in one way, whatever those before it left: requests of Monday 24 to Wednesday 26 November and of
    15 October, a Wednesday too, and as_of in the evening of 26 November."""
    twins = beginning.copied(tmp_path_factory.mktemp("twins") / "twins")
    twins.change(
        f"update {REQUESTS} set requested_on = days.day_on from (select request_key, row_number() over (order by request_key) % 4 as number"
        f" from {REQUESTS}) as requests inner join (values (0, date '2025-10-15'), (1, date '2025-11-24'), (2, date '2025-11-25'),"
        " (3, date '2025-11-26')) as days (number, day_on) on requests.number = days.number"
        f" where {REQUESTS}.request_key = requests.request_key",
        "update intermediate.int_as_of__resolved set as_of_at = timestamp '2025-11-26 12:00:00'",
        rebuilt=["int_days__spined", "int_periods__spined"],
    )
    twins.built_alike(only="measure_requests+")
    return twins


# With the number of periods of measure_requests that each touches: of days, weeks, months, quarters and years.
@pytest.mark.parametrize(
    ("days", "periods"),
    [
        pytest.param(1, 2, id="to the next day of the week"),
        pytest.param(7, 2 + 2 + 2, id="to the next month"),
        pytest.param(40, 2 + 2 + 2 + 2 + 2, id="to the next year"),
    ],
)
def test_another_as_of_alone_is_noticed(twins: TwinBuilds, days: int, periods: int) -> None:
    twins.change(
        f"update intermediate.int_as_of__resolved set as_of_at = as_of_at + interval ({days}) day",
        rebuilt=["int_days__spined", "int_periods__spined"],
    )
    run = twins.built_alike(only=OF_REQUESTS)
    assert run.made_anew["measure_requests"] == f"{periods} periods"


@pytest.mark.parametrize(
    ("statement", "periods"),
    [
        pytest.param(f"update {REQUESTS} set requested_on = '2025-11-26' where requested_on = '2025-11-25'", 2, id="moved in their week"),
        pytest.param(
            f"update {REQUESTS} set requested_on = '2025-09-15' where requested_on = '2025-11-24'", 2 + 2 + 2 + 2, id="moved in their year"
        ),
        pytest.param(f"update {REQUESTS} set region = 'new' where requested_on = '2025-11-26'", 5, id="of a member first seen today"),
        pytest.param(
            f"update {REQUESTS} set requested_on = '2025-10-20' where region = 'new'", 2 + 2 + 2, id="whose member begins on an earlier day"
        ),
        pytest.param(f"delete from {REQUESTS} where requested_on = '2025-10-15'", 1 + 1 + 1 + 1 + 1, id="all of a day withdrawn"),
    ],
)
def test_requests_that_change_alone_are_noticed(twins: TwinBuilds, statement: str, periods: int) -> None:
    twins.change(statement)
    run = twins.built_alike(only=OF_REQUESTS)
    assert run.made_anew["measure_requests"] == f"{periods} periods"


def test_a_feed_that_vanishes_and_one_that_is_delivered_for_the_first_time_are_noticed(twins: TwinBuilds) -> None:
    twins.change(f"create table core.kept as from {REQUESTS}", f"delete from {REQUESTS}")
    twins.built_alike(only=OF_REQUESTS)
    twins.change(f"insert into {REQUESTS} from core.kept", "drop table core.kept")
    twins.built_alike(only=OF_REQUESTS)


def test_another_project_makes_every_period_anew(twins: TwinBuilds) -> None:
    twins.change(
        "update reference.kpi_targets set target_value = target_value / 2", "update reference.kpi_definitions set name_en = kpi_id"
    )
    run = twins.built_alike(only="measure_requests+", fingerprint="other lines of seeds")
    assert set(run.made_anew.values()) == {"every period"}


def test_an_unknown_project_makes_every_period_anew(twins: TwinBuilds) -> None:
    assert [twins.build_marts(only="measure_requests", fingerprint="").made_anew["measure_requests"] for _ in range(2)] == [
        "every period"
    ] * 2


def test_another_variable_makes_what_a_full_refresh_makes(twins: TwinBuilds) -> None:
    small_samples = "select count(*) from scoreboard.kpi_scoreboard where is_small_sample"
    before = twins.rows(small_samples)
    variables = ("--vars", "{minimum_sample: 2}")
    run = twins.build_marts(*variables, only="kpi_satisfaction+", fingerprint="another variable")
    assert run.made_anew["kpi_scoreboard"] == "every period"
    assert twins.rows(small_samples) < before
    twins.build_whole_by_dbt(*variables, only="kpi_satisfaction+", fingerprint="another variable")
    assert twins.differing() == {}


@pytest.mark.parametrize("fingerprint", ["the same project", "another project"])
def test_a_kill_between_any_two_statements_leaves_each_table_as_it_was_or_done(
    beginning: TwinBuilds, fingerprint: str, tmp_path: Path
) -> None:
    twins = beginning.copied(tmp_path / "twins")
    twins.change(CHANGES[0])
    before = states(twins.warehouse, twins.project.models)
    run = twins.build_marts(only="measure_requests+", fingerprint=fingerprint, copies=tmp_path / "copies")
    assert run.exit_code == 0
    after = states(twins.warehouse, twins.project.models)
    changed = [name for name in before if before[name] != after[name]]
    copies = sorted((tmp_path / "copies").iterdir())
    assert {"measure_requests", "kpi_efficiency", "kpi_scoreboard"} <= set(changed)
    assert len(copies) >= len(changed)
    built = [model for model in twins.project.models if model.name in run.statuses]
    for copy in copies:
        found = states(copy / twins.warehouse.name, built)
        assert [name for name in found if found[name] not in (before[name], after[name])] == [], copy.name

    # What a kill in the middle has left is gone on from.
    twins.build_whole(list(run.statuses))
    shutil.rmtree(twins.warehouse.parent)
    shutil.copytree(copies[len(copies) // 2], twins.warehouse.parent)
    found = states(twins.warehouse, twins.project.models)
    assert found not in (before, after)
    assert [name for name in found if found[name] not in (before[name], after[name])] == []
    assert twins.build_marts(only="measure_requests+", fingerprint=fingerprint).exit_code == 0
    assert twins.differing() == {}


def test_a_build_that_is_killed_again_and_again_ends_where_a_whole_one_does(beginning: TwinBuilds, tmp_path: Path) -> None:
    twins = beginning.copied(tmp_path / "twins")
    twins.change(*CHANGES)
    chance = random.Random(SEED)
    assert [twins.build_marts(kill_after=chance.randrange(10, 150)).exit_code for _ in range(2)] == [KILLED] * 2
    twins.built_alike()


def test_a_period_is_tested_until_it_passes_and_then_no_more(beginning: TwinBuilds, tmp_path: Path) -> None:
    twins = beginning.copied(tmp_path / "twins")
    untested = UNTESTED.format("measure_requests")
    all_periods = twins.rows("select count(*) from measures.built_periods where model = 'measure_requests' and role = 'output'")
    assert twins.rows(untested) == all_periods

    def outcome(fingerprint: str = "the same project") -> str:
        run = twins.dbt.run(
            twins.warehouse, "build", "--select", "measure_requests", "--exclude-resource-type", "unit_test", fingerprint=fingerprint
        )
        return run.statuses["measure_requests_has_one_row_a_measure_and_cell"]

    assert outcome() == "pass"
    assert twins.rows(untested) == [(0,)]

    # What passed is not read again: nobody sees that its rows stand there twice now.
    twins.change("insert into measures.measure_requests from measures.measure_requests where period_grain = 'year'")
    assert outcome() == "pass"

    # What did not pass is read each time, though nothing is built anew.
    twins.change("delete from measures.built_periods where model = 'measure_requests' and role = 'tested' and period_grain = 'year'")
    assert [outcome(), outcome()] == ["fail", "fail"]
    assert twins.rows(untested) == [(1,)]

    # What is made anew has not passed yet.
    twins.change(CHANGES[0])
    assert twins.build_marts(only="measure_requests").made_anew["measure_requests"] == "5 periods"
    assert twins.rows(untested) == [(5,)]
    assert outcome() == "pass"
    assert twins.rows(untested) == [(0,)]

    # A test may be what changed in the project.
    twins.build_marts(only="measure_requests", fingerprint="another project")
    assert twins.rows(untested) == all_periods
    assert outcome("another project") == "pass"


def test_a_table_built_whole_is_tested_where_its_rows_changed(beginning: TwinBuilds, tmp_path: Path) -> None:
    twins = beginning.copied(tmp_path / "twins")
    arguments = ("--select", "measure_backlog", "--exclude-resource-type", "unit_test")
    assert set(twins.dbt.run(twins.warehouse, "build", *arguments).statuses.values()) == {"pass", "success"}
    assert twins.build_marts(only="measure_backlog").made_anew == {"measure_backlog": "every period"}
    assert twins.rows(UNTESTED.format("measure_backlog")) == [(0,)]
    twins.change("delete from core.fct_backlog_changes where changed_on = (select max(changed_on) from core.fct_backlog_changes)")
    twins.build_marts(only="measure_backlog")
    assert twins.rows(UNTESTED.format("measure_backlog")) == [(5,)]


def test_what_comes_of_a_ticket_or_an_order_later_is_noticed_on_its_own_day(beginning: TwinBuilds, tmp_path: Path) -> None:
    twins = beginning.copied(tmp_path / "twins")
    facts = ["fct_ticket_next_orders", "fct_assisted_orders"]
    old_enough = "select sum(n) from measures.measure_loyalty where measure = 'tickets_resolved_90d_ago' and period_grain = 'year'"
    assert twins.rows(old_enough) == [(0,)]

    # A hundred days later.
    later = "update intermediate.int_as_of__resolved set as_of_at = as_of_at + interval (100) day"
    twins.change(later, rebuilt=["int_days__spined", "int_periods__spined", *facts])
    twins.built_alike(only=OF_LOYALTY)
    assert twins.rows(old_enough) not in ([(0,)], [(None,)])

    # An order that somebody placed 80 days after their only ticket was resolved, delivered late.
    late_order = """
        insert into core.fct_orders select orders.* replace (
            'late' as order_key, served.customer_key as customer_key, served.at as ordered_at, cast(served.at as date) as ordered_on,
            false as is_paid
        )
        from (
            select customer_key, max(served_at) + interval (80) day as at from core.fct_ticket_next_orders
            group by customer_key having count(*) = 1 and not bool_or(is_ordered_within_90d)
        ) as served cross join core.fct_orders as orders order by served.customer_key, orders.order_key limit 1
    """
    twins.change(late_order, rebuilt=facts)
    assert twins.built_alike(only=OF_LOYALTY).made_anew["measure_loyalty"] == "5 periods"

    # An order an hour after somebody's reply, and much later what was paid back of it.
    helped = """
        insert into core.fct_orders select orders.* replace (
            'helped' as order_key, replies.customer_key as customer_key, replies.at as ordered_at, cast(replies.at as date) as ordered_on,
            true as is_paid, false as is_cancelled
        )
        from (
            select tickets.customer_key, events.occurred_at + interval (1) hour as at from core.fct_ticket_events as events
            inner join core.fct_tickets as tickets using (ticket_key) where events.is_human_reply and not tickets.is_spam
        ) as replies cross join core.fct_orders as orders order by replies.at, orders.order_key limit 1
    """
    twins.change(helped, rebuilt=facts)
    twins.built_alike(only=OF_LOYALTY)
    refund = "insert into core.fct_refunds (refund_key, order_key, order_day_reporting_refund_amount) values ('late', 'helped', 1)"
    twins.change(refund, rebuilt=facts)
    assert twins.built_alike(only=OF_LOYALTY).made_anew["measure_loyalty"] == "5 periods"
    assert twins.rows("select reporting_refunded_amount from core.fct_assisted_orders where order_key = 'helped'") == [(1,)]


def test_keys_are_tested_until_all_tests_pass_and_then_those_made_anew(beginning: TwinBuilds, tmp_path: Path) -> None:
    twins = beginning.copied(tmp_path / "twins")
    selected = ("--select", *KEYED, "--exclude-resource-type", "unit_test")

    def outcomes() -> tuple[str, str]:
        statuses = twins.dbt.run(twins.warehouse, "build", *selected).statuses
        return statuses["fct_backlog_changes_has_one_row_a_ticket_day_and_members"], statuses["unique_fct_ticket_events_event_key"]

    # No test has run yet: they read everything.
    twice = "from core.fct_backlog_changes where ticket_key = (select min(ticket_key) from core.fct_backlog_changes)"
    twins.change(f"create table working.kept as {twice}", "insert into core.fct_backlog_changes from working.kept")
    assert [outcomes(), outcomes()] == [("fail", "pass")] * 2
    twins.change(f"delete {twice}", "insert into core.fct_backlog_changes from working.kept")
    assert outcomes() == ("pass", "pass")

    # What passed is not read again: nobody sees that its rows stand there twice now.
    twins.change("insert into core.fct_backlog_changes from working.kept")
    assert outcomes() == ("pass", "pass")

    # An event of a ticket that is made anew is compared with those of all tickets.
    touched = "(select min(ticket_key) from core.fct_ticket_events)"
    copies = f"select * replace ('of another' as ticket_key) from core.fct_ticket_events where ticket_key = {touched}"
    twins.change(f"insert into core.fct_ticket_events {copies}", f"delete from working.noted_keys where row_key = {touched}")
    assert outcomes() == ("pass", "fail")


def test_a_first_case_of_a_measure_that_no_kpi_of_a_family_names_leaves_the_family_as_it_is(beginning: TwinBuilds, tmp_path: Path) -> None:
    twins = beginning.copied(tmp_path / "twins")
    resolved = "core.fct_tickets where is_resolved"
    twins.change("update core.fct_tickets set resolution_code = 'replied' where is_resolved")
    twins.build_marts(only=OF_RESOLUTIONS)
    twins.change(f"update core.fct_tickets set resolution_code = null where ticket_key = (select min(ticket_key) from {resolved})")
    run = twins.built_alike(only=OF_RESOLUTIONS)
    assert (run.made_anew["measure_tickets"], run.made_anew["kpi_resolution"]) == ("5 periods", "5 periods")


def test_the_scoreboard_is_made_anew_for_the_kpis_whose_figures_changed(beginning: TwinBuilds, tmp_path: Path) -> None:
    twins = beginning.copied(tmp_path / "twins")
    twins.change(CHANGES[0], "update scoreboard.kpi_scoreboard set n = -1")
    twins.build_marts(only=OF_REQUESTS)
    families = set(twins.rows("select distinct family, n <> -1 from scoreboard.kpi_scoreboard where period_grain = 'year'"))
    assert {("returns", True), ("satisfaction", False)} <= families and ("satisfaction", True) not in families
