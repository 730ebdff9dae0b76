"""Every inbound rule holds of a good delivery and is broken by a row, a file or a count made to break it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from expectations.inbound.feed import Feed, Freshness
from expectations.inbound.suites import inbound_suites
from expectations.suites import Rule, Suite

FEED = Feed(
    source_system="shop",
    name="orders",
    table="shop__orders",
    key=("order_id", "line_number"),
    required=("order_id", "line_number", "customer_id"),
    accepted_values={"cancel_reason": ("service", "seller's choice")},
    moments=(("ordered_at", "paid_at"), ("paid_at", "shipped_at")),
    freshness=Freshness("updated_at", 48),
)
AS_OF = datetime(2026, 1, 10)

Find = Callable[[list[Suite], str, str], Rule]


@pytest.fixture
def orders(warehouse):
    """Two good rows of one file, and the ledger that says so."""
    warehouse.execute("""
        create table raw.shop__orders (
            order_id text, line_number bigint, customer_id text, cancel_reason text, ordered_at timestamp, paid_at timestamp,
            shipped_at timestamp, updated_at timestamp, _extract_id bigint, _line bigint, _loaded_at timestamp
        )
    """)
    extract_id = warehouse.delivered("orders", 2)
    warehouse.execute(f"""
        insert into raw.shop__orders values
        ('001', 1, 'c1', null, '2026-01-09 10:00', '2026-01-09 10:00', null, '2026-01-09 11:00', {extract_id}, 2, now()),
        ('001', 2, 'c1', 'seller''s choice', '2026-01-09 10:00', null, null, '2026-01-09 11:00', {extract_id}, 3, now())
    """)
    return warehouse


@pytest.fixture
def rule(rule_of: Find) -> Callable[[str], Rule]:
    return lambda name: rule_of(inbound_suites([FEED], AS_OF), "raw.shop__orders", name)


def test_every_rule_holds_of_a_good_delivery(orders):
    (suite,) = inbound_suites([FEED], AS_OF)
    assert {rule.name: orders.failed(rule) for rule in suite.rules} == {rule.name: 0 for rule in suite.rules}


def test_every_rule_holds_of_a_feed_that_was_never_delivered(orders):
    orders.execute("delete from raw.shop__orders; delete from raw.extract_ledger")
    (suite,) = inbound_suites([FEED], AS_OF)
    assert {rule.name: orders.answer(rule) for rule in suite.rules} == {rule.name: (0, 0, []) for rule in suite.rules}


def test_a_row_without_its_key_is_named_by_file_and_line(orders, rule):
    orders.execute("update raw.shop__orders set line_number = null where _line = 3")
    assert orders.answer(rule("key_is_not_null")) == (2, 1, ["no line_number in line 3 of shop/orders/orders_1.csv"])


def test_a_row_without_a_required_column_is_named(orders, rule):
    orders.execute("update raw.shop__orders set customer_id = null where _line = 2")
    assert orders.answer(rule("required_columns_are_not_null")) == (2, 1, ["no customer_id in line 2 of shop/orders/orders_1.csv"])


def test_a_value_outside_the_accepted_ones_fails_and_is_not_quoted(orders, rule):
    orders.execute("update raw.shop__orders set cancel_reason = 'ask Zhang San' where _line = 2")
    checked, failed, examples = orders.answer(rule("values_are_accepted"))
    assert (checked, failed) == (2, 1)
    assert examples == ["another cancel_reason in line 2 of shop/orders/orders_1.csv"]


@pytest.mark.parametrize(("line", "extract_between"), [(2, False), (3, False), (2, True), (3, True)])
def test_a_line_loaded_twice_leaves_no_single_current_version(orders, rule, line, extract_between):
    if extract_between:
        extract_id = orders.delivered("orders", 1)
        orders.execute(f"insert into raw.shop__orders select * replace ({extract_id} as _extract_id) from raw.shop__orders where _line = 2")
    assert orders.failed(rule("current_version_is_unique")) == 0
    first = "select min(_extract_id) from raw.shop__orders"
    orders.execute(f"insert into raw.shop__orders select * from raw.shop__orders where _line = {line} and _extract_id = ({first})")
    checked = 4 if extract_between else 3
    assert orders.answer(rule("current_version_is_unique")) == (checked, 1, [f"line {line} of shop/orders/orders_1.csv"])


def test_a_delivery_whose_lines_lie_in_any_order_has_none_twice_because_of_that(orders, rule):
    extract_id = orders.delivered("orders", 1)
    for line in (9, 4):
        other = f"{extract_id} as _extract_id, {line} as _line"
        orders.execute(f"insert into raw.shop__orders select * replace ({other}) from raw.shop__orders where _line = 2")
        orders.execute(f"insert into raw.shop__orders select * replace ({line} as _line) from raw.shop__orders where _line = 3")
    assert orders.failed(rule("current_version_is_unique")) == 0


def test_a_later_moment_before_an_earlier_one_is_a_warning(orders, rule):
    orders.execute("update raw.shop__orders set paid_at = '2026-01-09 09:59:59' where _line = 2")
    checked = rule("moments_are_in_order")
    assert checked.severity == "warning"
    assert orders.answer(checked) == (2, 1, ["paid_at before ordered_at in line 2 of shop/orders/orders_1.csv"])


@pytest.mark.parametrize(("updated_at", "failed"), [("'2026-01-09 12:00'", 0), ("'2026-01-09 10:00'", 1), ("null", 1)])
def test_a_row_out_of_order_no_longer_matters_once_a_newer_version_replaced_it(orders, rule, updated_at, failed):
    orders.execute("update raw.shop__orders set paid_at = '2026-01-09 09:00' where _line = 2")
    extract_id = orders.delivered("orders", 1)
    orders.execute(f"""
        insert into raw.shop__orders values
        ('001', 1, 'c1', null, '2026-01-09 10:00', '2026-01-09 10:05', null, {updated_at}, {extract_id}, 2, now())
    """)
    assert orders.failed(rule("moments_are_in_order")) == failed


@pytest.mark.parametrize(
    "fault",
    [
        "update raw.extract_ledger set rows_read = 3",
        "update raw.extract_ledger set rows_read = 3, rows_accepted = 3",
        "update raw.extract_ledger set rows_read = 3, rows_rejected = 1",
        "delete from raw.shop__orders where _line = 3",
        "update raw.extract_ledger set status = 'refused'",
        "delete from raw.extract_ledger",
    ],
)
def test_a_ledger_that_does_not_add_up_fails(orders, rule, fault):
    orders.execute(fault)
    assert orders.failed(rule("ledger_adds_up")) == 1


def test_a_ledger_that_does_not_add_up_shows_both_sides(orders, rule):
    orders.execute("delete from raw.shop__orders where _line = 3")
    assert orders.answer(rule("ledger_adds_up"))[2] == ["shop/orders/orders_1.csv: read 2, accepted 2 (found 1), rejected 0 (found 0)"]


def test_the_same_bytes_loaded_under_two_names_fail(orders, rule):
    orders.delivered("orders", 0, sha256="hash-1")
    assert orders.answer(rule("same_bytes_are_loaded_once"))[1:] == (1, ["shop/orders/orders_1.csv = shop/orders/orders_2.csv"])


def test_the_same_bytes_in_another_feed_are_another_file(orders, rule):
    orders.delivered("refunds", 0, sha256="hash-1")
    assert orders.failed(rule("same_bytes_are_loaded_once")) == 0


def test_one_rejected_row_is_a_warning_that_names_reason_and_line(orders, rule):
    extract_id = orders.delivered("orders", 100, rejected=1, run="run-2")
    orders.execute(
        f"insert into raw.rejects values ({extract_id}, 'shop', 'orders', 'orders_2.csv', 7, 'paid_at', 'bad_date', null, 'Li', now())"
    )
    checked = rule("no_row_is_rejected")
    assert checked.severity == "warning"
    assert orders.answer(checked) == (100, 1, ["bad_date in paid_at, line 7 of orders_2.csv"])


@pytest.mark.parametrize(("rejected", "failed"), [(10, 0), (11, 11)])
def test_over_ten_percent_rejected_is_critical(orders, rule, rejected, failed):
    orders.delivered("orders", 100, rejected=rejected, run="run-2")
    checked = rule("rejected_rows_are_few")
    assert checked.severity == "critical"
    assert orders.answer(checked)[:2] == (100, failed)


def test_a_better_delivery_settles_the_rejected_rows_of_the_one_before(orders, rule):
    orders.delivered("orders", 100, rejected=90, run="run-2")
    orders.delivered("orders", 100, rejected=0, run="run-3")
    assert orders.failed(rule("rejected_rows_are_few")) == 0


def test_a_run_without_news_does_not_settle_the_rejected_rows(orders, rule):
    orders.delivered("orders", 100, rejected=90, run="run-2")
    orders.delivered("orders", 100, run="run-3", status="duplicate")
    orders.delivered("refunds", 100, run="run-3")
    assert orders.answer(rule("rejected_rows_are_few")) == (100, 90, ["90.0 % of the newest delivery rejected"])


def test_a_refused_file_is_a_warning_that_names_file_and_reason(orders, rule):
    orders.delivered("orders", 0, run="run-2", status="refused", refusal_reason="truncated")
    checked = rule("no_file_is_refused")
    assert checked.severity == "warning"
    assert orders.answer(checked) == (1, 1, ["shop/orders/orders_2.csv (truncated)"])


def test_a_file_that_is_still_refused_in_a_later_run_is_still_reported(orders, rule):
    orders.delivered("orders", 0, run="run-2", status="refused", refusal_reason="truncated")
    orders.delivered("orders", 9, run="run-2")
    orders.execute("update raw.extract_ledger set run_id = 'run-3', finished_at = '2026-01-10' where status = 'refused'")
    assert orders.failed(rule("no_file_is_refused")) == 1


def test_a_refused_file_that_was_taken_away_is_no_longer_reported(orders, rule):
    orders.delivered("orders", 0, run="run-2", status="refused", refusal_reason="truncated")
    orders.delivered("refunds", 9, run="run-3")
    assert orders.failed(rule("no_file_is_refused")) == 0


def test_a_file_refused_again_does_not_hide_the_rejected_rows_of_the_newest_delivery(orders, rule):
    orders.delivered("orders", 100, rejected=90, run="run-2")
    orders.delivered("orders", 0, run="run-3", status="refused", refusal_reason="truncated")
    assert orders.failed(rule("rejected_rows_are_few")) == 90


def test_a_mended_file_that_keeps_its_low_number_counts_as_the_newest_delivery(orders, rule):
    orders.delivered("orders", 100, rejected=90, run="run-2")
    orders.execute("update raw.extract_ledger set run_id = 'run-3', finished_at = '2026-01-10' where extract_id = 1")
    assert orders.failed(rule("rejected_rows_are_few")) == 0


def test_an_unknown_column_is_a_warning(orders, rule):
    orders.delivered("orders", 1, run="run-2", unknown_columns="colour, size")
    assert orders.answer(rule("no_column_is_unknown")) == (1, 1, ["colour, size in shop/orders/orders_2.csv"])


def test_a_file_in_which_something_is_doubtful_is_a_warning(orders, rule):
    orders.delivered("orders", 1, run="run-2", warning="3 of 9 rows have the key of another row")
    orders.delivered("orders", 1, run="run-2")
    assert orders.answer(rule("no_file_has_a_warning")) == (2, 1, ["shop/orders/orders_2.csv: 3 of 9 rows have the key of another row"])


@pytest.mark.parametrize(("rows", "failed"), [(19, 1), (20, 0), (500, 0), (501, 1)])
def test_a_file_far_from_the_trailing_mean_is_a_warning(orders, rule, rows, failed):
    orders.execute("delete from raw.extract_ledger")
    for _ in range(14):
        orders.delivered("orders", 100)
    orders.delivered("orders", rows, run="run-2")
    assert orders.answer(rule("volume_is_as_usual"))[:2] == (1, failed)


def test_one_full_snapshot_among_deltas_does_not_make_the_deltas_unusual(orders, rule):
    orders.execute("delete from raw.extract_ledger")
    orders.delivered("orders", 1_000_000)
    for _ in range(9):
        orders.delivered("orders", 100)
    orders.delivered("orders", 100, run="run-2")
    assert orders.answer(rule("volume_is_as_usual"))[:2] == (1, 0)


def test_a_full_snapshot_after_deltas_is_a_warning(orders, rule):
    orders.execute("delete from raw.extract_ledger")
    for _ in range(9):
        orders.delivered("orders", 100)
    orders.delivered("orders", 1_000_000, run="run-2")
    assert orders.answer(rule("volume_is_as_usual"))[1:] == (1, ["shop/orders/orders_10.csv: 1000000 rows, usually 100"])


def test_a_seventh_file_has_no_history_to_be_compared_with(orders, rule):
    orders.execute("delete from raw.extract_ledger")
    for _ in range(6):
        orders.delivered("orders", 100)
    orders.delivered("orders", 100_000, run="run-2")
    assert orders.answer(rule("volume_is_as_usual")) == (0, 0, [])


def nightly(orders, days: dict[str, int], *, run: str | None = None) -> None:
    """A file of each day with so many rows, each in a run of its own unless they come in one."""
    for day, rows in days.items():
        orders.delivered("orders", rows, run=run or f"run-{day}", file_name=f"shop/orders/orders_{day}.csv")


def days_until(last: str, count: int) -> list[str]:
    return [f"{date.fromisoformat(last) - timedelta(days=back):%Y-%m-%d}" for back in range(count - 1, -1, -1)]


def test_a_night_is_judged_once_and_not_every_night_after_it(orders, rule):
    orders.execute("delete from raw.extract_ledger")
    nightly(orders, dict.fromkeys(days_until("2026-01-20", 30), 100) | {"2026-01-21": 5})
    # 2026-01-21 is a Wednesday; four of the 30 days before it are, too few to be a pattern.
    assert orders.answer(rule("volume_is_as_usual")) == (1, 1, ["shop/orders/orders_2026-01-21.csv: 5 rows, usually 100"])
    orders.delivered("tickets", 3, run="run-after")
    assert orders.answer(rule("volume_is_as_usual")) == (0, 0, [])
    nightly(orders, {"2026-01-22": 100})
    assert orders.answer(rule("volume_is_as_usual")) == (1, 0, [])


@pytest.mark.parametrize(("odd", "failed"), [("2026-01-10", 0), ("2026-01-30", 1)])
def test_of_what_a_first_run_brings_only_the_newest_file_is_judged(orders, rule, odd, failed):
    orders.execute("delete from raw.extract_ledger")
    nightly(orders, dict.fromkeys(days_until("2026-01-30", 30), 100) | {odd: 5}, run="run-1")
    assert orders.answer(rule("volume_is_as_usual"))[:2] == (1, failed)


@pytest.mark.parametrize(("rows", "failed"), [(1, 1), (2, 0), (50, 0), (51, 1)])
def test_a_sunday_is_compared_with_sundays(orders, rule, rows, failed):
    orders.execute("delete from raw.extract_ledger")
    shop = {day: 10 if date.fromisoformat(day).isoweekday() == 7 else 100 for day in days_until("2026-03-07", 63)}
    nightly(orders, shop | {"2026-03-08": rows})
    words = ["shop/orders/orders_2026-03-08.csv: " + f"{rows} rows, usually 10 on a Sunday"] if failed else []
    assert orders.answer(rule("volume_is_as_usual")) == (1, failed, words)


@pytest.mark.parametrize(("last_year", "failed"), [("2025-11-04", 1), ("2025-11-05", 0), ("2025-11-11", 0), ("2025-11-20", 1)])
def test_a_promotion_day_is_as_usual_where_it_was_like_this_a_year_ago(orders, rule, last_year, failed):
    orders.execute("delete from raw.extract_ledger")
    nightly(orders, dict.fromkeys(days_until("2026-11-10", 400), 100) | {last_year: 900, "2026-11-11": 900})
    assert orders.answer(rule("volume_is_as_usual"))[:2] == (1, failed)


@pytest.mark.parametrize(("rows", "failed"), [(1, 0), (200, 1)])
def test_small_counts_that_vary_are_as_usual(orders, rule, rows, failed):
    orders.execute("delete from raw.extract_ledger")
    nightly(orders, {day: (2, 9, 17, 25, 30)[place % 5] for place, day in enumerate(days_until("2026-02-28", 60))} | {"2026-03-01": rows})
    assert orders.answer(rule("volume_is_as_usual"))[:2] == (1, failed)


@pytest.mark.parametrize(("newest", "failed"), [("2026-01-08 00:00", 0), ("2026-01-07 23:59:59", 1)])
def test_a_feed_is_late_when_its_newest_row_is_older_than_declared_at_as_of(orders, rule, newest, failed):
    orders.execute(f"update raw.shop__orders set updated_at = '{newest}'")
    assert orders.answer(rule("rows_are_fresh"))[:2] == (1, failed)


def test_without_as_of_a_feed_is_late_against_the_newest_row_of_any_feed(orders, rule_of):
    orders.execute("create table raw.shop__tickets as select timestamp '2026-01-13 00:00' as updated_at")
    tickets = Feed("shop", "tickets", "shop__tickets", key=("ticket_id",), freshness=Freshness("updated_at", 48))
    suites = inbound_suites([FEED, tickets])
    assert orders.failed(rule_of(suites, "raw.shop__orders", "rows_are_fresh")) == 1
    assert orders.failed(rule_of(suites, "raw.shop__tickets", "rows_are_fresh")) == 0
