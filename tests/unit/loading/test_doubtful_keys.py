"""Keys that are none: told with counts and lines, refused beyond the declared share; ids that a spreadsheet has rounded."""

from pathlib import Path

import pytest

from orchestration.loading import ExtractResult, Status
from orchestration.loading.doubtful_keys import FEWEST_REFUSED
from tests.unit.loading.shop import ORDERS, Shop, csv_file, order
from tests.unit.loading.test_archive import UPDATED_ORDERS, updated, updated_file


def numbered(count: int, first: int = 1) -> list[str]:
    return [order(number) for number in range(first, first + count)]


def test_a_key_that_comes_twice_with_other_contents_is_told_with_its_lines_and_the_later_line_counts(shop: Shop) -> None:
    result = shop.load_one("orders.csv", csv_file(order(1, amount="10"), order(2), order(1, amount="20"), order(1, amount="20")))
    # Lines 2, 4 and 5 have one key and two contents: one row would have vanished.
    assert result.status is Status.LOADED
    assert result.warning == (
        "1 of 4 rows (25.0%) have the key (order_id) of another row of the file and other contents, "
        "and nothing says which is the newer one (lines 2 and 4); the later line counts"
    )
    shop_load = shop.load()
    assert shop_load.warnings == []
    assert shop.rows("warning is not null", "raw.extract_ledger", "extract_id") == [(True,)]


def test_rows_that_are_alike_in_everything_are_not_told(shop: Shop) -> None:
    assert shop.load_one("orders.csv", csv_file(order(1, amount="10"), order(1, amount="10.00"))).warning is None


def test_the_same_key_in_two_files_is_a_newer_version_and_not_told(shop: Shop) -> None:
    shop.load_one("orders-1.csv", csv_file(order(1, amount="10")))
    assert shop.load_one("orders-2.csv", csv_file(order(1, amount="20"))).warning is None


def test_versions_that_updated_at_tells_apart_are_not_told_and_those_of_one_moment_are(tmp_path: Path) -> None:
    shop = Shop(tmp_path, UPDATED_ORDERS)
    versions = [updated(1, f"2024-03-0{day} 08:00:00", amount=str(day)) for day in (1, 2, 3)]
    assert shop.load_one("orders-1.csv", updated_file(*versions)).warning is None
    of_one_moment = [updated(1, "2024-03-01 08:00:00", amount="1"), updated(1, "2024-03-01 08:00:00", amount="2")]
    warning = shop.load_one("orders-2.csv", updated_file(*of_one_moment)).warning
    assert warning is not None and warning.startswith("1 of 2 rows")
    of_no_moment = [updated(1, "", amount="1"), updated(1, "", amount="2")]
    warning = shop.load_one("orders-3.csv", updated_file(*of_no_moment)).warning
    assert warning is not None and warning.startswith("1 of 2 rows")


def order_lines(shop: Shop, repeats: int, others: int) -> ExtractResult:
    """``others`` orders of one line, and ``repeats`` further lines of the first ones."""
    lines = [order(number, amount="1") for number in range(others)] + [order(number, amount="2") for number in range(repeats)]
    return shop.load_one("orders.csv", csv_file(*lines))


@pytest.mark.parametrize(
    ("repeats", "others", "status"),
    [
        # 20 of 2,000 rows are 1 %, and not more than that; 20 of 1,999 are.
        (20, 1980, Status.LOADED),
        (20, 1979, Status.REFUSED),
        # Of few rows a share says nothing.
        (19, 19, Status.LOADED),
        (20, 20, Status.REFUSED),
    ],
)
def test_beyond_the_share_the_file_is_refused_whole(shop: Shop, repeats: int, others: int, status: Status) -> None:
    result = order_lines(shop, repeats, others)
    assert FEWEST_REFUSED == 20
    assert result.status is status
    assert len(shop.rows()) == (repeats + others if status is Status.LOADED else 0)
    if status is Status.REFUSED:
        assert result.refusal_reason == "key_is_not_unique"
        assert f"20 of {repeats + others:,} rows" in result.message
        assert "key: line" in result.message and "repeated_key_share (now 0.01)" in result.message


def test_the_share_can_be_declared(tmp_path: Path) -> None:
    shop = Shop(tmp_path, ORDERS.replace("key: [order_id]", "key: [order_id]\n            repeated_key_share: 0.5"))
    assert order_lines(shop, 40, 40).status is Status.LOADED
    assert order_lines_again(shop).status is Status.REFUSED


def order_lines_again(shop: Shop) -> ExtractResult:
    """More than half of the rows take the place of others."""
    return shop.load_one("orders-2.csv", csv_file(*[order(number % 40, amount=str(number)) for number in range(81)]))


def test_a_file_of_which_most_rows_are_older_versions_is_told(tmp_path: Path) -> None:
    shop = Shop(tmp_path, UPDATED_ORDERS)
    rows = [updated(number % 19, f"2024-03-{1 + number // 19:02} 08:00:00", amount=str(number)) for number in range(39)]
    warning = shop.load_one("orders-1.csv", updated_file(*rows)).warning
    assert warning is not None and warning.startswith(
        "20 of 39 rows (51.3%) are older versions of another row of the file with the same key"
    )
    rows = [updated(number % 20, f"2024-03-{1 + number // 20:02} 08:00:00", amount=str(number)) for number in range(40)]
    assert shop.load_one("orders-2.csv", updated_file(*rows)).warning is None


def test_small_files_with_repeated_keys_are_told_as_alone(shop: Shop) -> None:
    for number in range(5):
        lines = [order(number, amount="1"), *([order(number, amount="2")] if number == 3 else [])]
        shop.deliver(f"orders-{number}.csv", csv_file(*lines))
    load = shop.load()
    assert [extract.warning is not None for extract in load.extracts] == [False, False, False, True, False]
    assert load.warnings == [f"shop/orders-3.csv: {load.extracts[3].warning}"]


@pytest.mark.parametrize("rounded", ["2.02511E+17", "2.02511e+17", "2.02511E17", "2E+17", " 2.02511E+17 ", "2,02511E+17", "-1.5E+10"])
def test_an_id_that_a_spreadsheet_has_rounded_is_rejected_and_named_as_such(shop: Shop, rounded: str) -> None:
    lines = [order(f'"{rounded}"', amount=str(number)) for number in range(4)]
    result = shop.load_one("orders.csv", csv_file(*lines, order(5)))
    assert (result.rows_accepted, result.rows_rejected) == (1, 4)
    assert shop.rejects()[0] == (2, "order_id", "rounded_id")
    ((detail,),) = set(shop.rejects("detail"))
    assert detail == (
        f"order_id: '{rounded}' is a number as spreadsheets round it, and the id's other digits are lost; have the column exported as text"
    )


def test_ids_that_only_look_a_little_like_it_are_taken(shop: Shop) -> None:
    ids = ["12E17", "1E5", "E+17", "2.0.2511E+17", "2.02511E+17X", "1.5", "A2.02511E+17"]
    assert shop.load_one("orders.csv", csv_file(*[order(each) for each in ids])).rows_rejected == 0
    assert [each for (each,) in shop.rows("order_id")] == ids


def test_other_columns_that_hold_ids_are_looked_at_and_text_is_not(tmp_path: Path) -> None:
    shop = Shop(
        tmp_path,
        ORDERS.replace("name: status, data_type: text, config: {meta: {accepted_values: [new, paid]}}", "name: buyer_id, data_type: text"),
    )
    header = "order_id,ordered_at,buyer_id,note"
    shop.deliver("orders.csv", f"{header}\n1,2024-03-01,2.02511E+17,x\n2,2024-03-01,7,2.02511E+17\n")
    shop.load()
    assert shop.rejects() == [(2, "buyer_id", "rounded_id")]
    assert shop.rows("order_id") == [("2",)]
