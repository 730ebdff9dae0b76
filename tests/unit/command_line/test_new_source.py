"""``aftersales new-source`` proposes a source from files that nobody has declared, and overwrites nothing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestration.loading import FeedDeclaration, read_declarations
from tests.support.warehouse import PROJECT_ROOT

Run = Callable[..., Any]


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models folder with the contract alone."""
    folder = tmp_path / "project" / "models"
    shutil.copytree(PROJECT_ROOT / "models" / "staging" / "contract", folder / "staging" / "contract")
    shutil.copyfile(PROJECT_ROOT / "dbt_project.yml", folder.parent / "dbt_project.yml")
    monkeypatch.setattr("command_line.new_source.MODELS_FOLDER", folder)
    return folder


def _file(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def _proposed(run: Run, models: Path, *files: Path, options: tuple[str, ...] = ()) -> dict[str, FeedDeclaration]:
    """The feeds that are declared for ``files``, as the loader reads them."""
    result = run("new-source", "acme", *files, *options)
    assert result.exit_code == 0, result.stdout + result.stderr
    return read_declarations(models)["acme"].feeds


def _view(models: Path, entity: str) -> str:
    return (models / "staging" / "acme" / f"stg_acme__{entity}.sql").read_text(encoding="utf-8")


# Ten orders, so that shares say something.
SHOP = "Order No;Placed;Total;Customer Name;mail;Paid?;Note\n" + "".join(
    f"00{place};{place + 10}/03/2025 09:0{place};1.0{place}0,50;Ann;a{place}@example.com;"
    f'{"yes" if place % 2 else "-"};"gave ""{place}"" away"\n'
    for place in range(10)
)
# Two lines of one order that are alike, and one of another.
LINES = """invoice,sold_at,sku,qty,price
A1,2025-11-20 10:00,kettle,1,30.00
A1,2025-11-20 10:00,kettle,1,30.00
A2,2025-11-21 09:00,cup,{},5.00
"""


def test_types_formats_signs_and_nulls_are_told_from_the_values(run: Run, models: Path, tmp_path: Path) -> None:
    feed = _proposed(run, models, _file(tmp_path, "shop 2025-03.csv", SHOP))["shop"]
    assert {column.name: column.data_type for column in feed.columns} == {
        "order_no": "text", "placed": "timestamp", "total": "decimal(18,2)", "customer_name": "text", "mail": "text", "paid": "boolean",
        "note": "text",
    }  # fmt: skip
    assert (feed.delimiter, feed.decimal_sign, feed.thousands_sign) == (";", ",", ".")
    assert feed.timestamp_formats == ("%d/%m/%Y %H:%M",)
    assert feed.column("paid").null_markers == ("-",)
    assert feed.globs == ("shop *.csv",)
    assert feed.key == ("order_no",)


def test_personal_columns_are_told_by_name_and_by_content(run: Run, models: Path, tmp_path: Path) -> None:
    feed = _proposed(run, models, _file(tmp_path, "shop.csv", SHOP.replace("mail", "handle").replace("Customer Name", "who")))["shop"]
    assert [column.name for column in feed.columns if column.pii] == ["handle", "note"]
    text = (models / "staging" / "acme" / "_acme__sources.yml").read_text()
    assert "its values look like e-mail addresses" in text
    assert "by its name" in text
    written = "".join(path.read_text() for path in (models / "staging" / "acme").iterdir())
    assert "@example.com" not in written


def test_a_day_that_two_formats_read_is_asked_about(run: Run, models: Path, tmp_path: Path) -> None:
    rows = "".join(f"A{day},0{day}/02/2025\n" for day in range(1, 9))
    result = run("new-source", "acme", _file(tmp_path, "x.csv", "order_no,placed\n" + rows))
    assert "x.placed: %d/%m/%Y and %m/%d/%Y both read every value; the first is declared. Which is it?" in result.stdout


def test_an_encoding_that_is_not_utf8_is_guessed_and_said_to_be(run: Run, models: Path, tmp_path: Path) -> None:
    rows = "".join(f'="{place}","订单交易成功的商品标题 {place}","1{place}.00","{place + 1}"\r\n' for place in range(40))
    text = "订单编号,标题,价格,购买数量\r\n" + rows
    result = run("new-source", "acme", _file(tmp_path, "details.csv", text, "gb18030"))
    feed = read_declarations(models)["acme"].feeds["details"]
    assert feed.encoding == "gb18030"
    assert [column.header for column in feed.columns] == ["订单编号", "标题", "价格", "购买数量"]
    assert [column.name for column in feed.columns] == ["order_id", "product_name", "unit_price", "quantity"]
    assert "details: encoding gb18030, guessed (the file is no UTF-8)" in result.stdout


def test_lines_without_a_key_are_orders_and_their_lines(run: Run, models: Path, tmp_path: Path) -> None:
    feed = _proposed(run, models, _file(tmp_path, "lines_1.csv", LINES.format(2)), options=("--currency", "EUR"))["lines"]
    assert feed.key == ()
    assert feed.replaces is not None and feed.replaces.columns == ("invoice",)
    comments = (models / "staging" / "acme" / "_acme__sources.yml").read_text()
    # Two of three rows of A1, of its moment, of the kettle: one of each repeats another's.
    assert "# No key by itself: invoice, 1 rows repeat another's." in comments
    orders = _view(models, "orders")
    assert "sum(current_lines.qty * current_lines.price)" in orders
    assert "'EUR' as currency" in orders
    assert "group by current_lines.invoice" in orders
    assert "{{ numbered_within('current_lines', 'invoice') }} as line_number" in _view(models, "order_items")
    assert "where" not in orders


def test_what_the_first_refresh_would_stumble_over_is_told_before_it(run: Run, models: Path, tmp_path: Path) -> None:
    text = LINES.format(1).replace("invoice,", "invoice,customer_id,").replace("A1,", "A1,17850.0,").replace("A2,", "A2,,")
    result = run("new-source", "acme", _file(tmp_path, "lines_1.csv", text), "--currency", "GBP")
    assert re.search(r"GBP: seeds/reference/exchange_rates.csv has rates from 20\d\d-01-01 to 20\d\d-01-01; a refresh stops", result.stdout)
    assert "lines.customer_id: ids end in .0" in result.stdout
    assert "Products are named by lines only" in result.stdout
    assert "orders.paid_at is null, so nothing counts as paid." in result.stdout
    assert "has rates" not in run("new-source", "other", tmp_path / "lines_1.csv", "--currency", "CNY").stdout
    assert (
        "ISK: seeds/reference/exchange_rates.csv has rates none"
        in run("new-source", "third", tmp_path / "lines_1.csv", "--currency", "ISK").stdout
    )


def test_negative_quantities_are_left_out_under_a_name(run: Run, models: Path, tmp_path: Path) -> None:
    _proposed(run, models, _file(tmp_path, "lines_1.csv", LINES.format(-2)))
    assert "where current_lines.qty > 0" in _view(models, "orders")
    yaml = (models / "staging" / "acme" / "stg_acme__orders.yml").read_text()
    assert "left_out: {returned_line: qty <= 0}" in yaml
    assert "cast(null as {{ type_text() }}) as currency" in _view(models, "orders")


def test_a_view_has_the_columns_of_the_contract_in_their_order(run: Run, models: Path, tmp_path: Path) -> None:
    rows = "".join(f"{place},2025-11-0{place},email,Delivery\n" for place in range(1, 8))
    _proposed(run, models, _file(tmp_path, "cases.csv", "case_id,created_at,channel,subject\n" + rows))
    ours = _view(models, "tickets")
    contract = (models / "staging" / "contract" / "stg_contract__tickets.sql").read_text()

    def columns(sql: str) -> list[str]:
        lines = [line.strip().rstrip(",") for line in sql.rpartition("\nselect\n")[2].partition("\nfrom ")[0].splitlines() if line.strip()]
        return [line.rpartition(" as ")[2].rpartition(".")[2] for line in lines]

    assert columns(ours) == columns(contract)
    assert "current_cases.case_id as ticket_id" in ours
    assert "cast(current_cases.created_at as {{ type_timestamp() }}) as created_at" in ours
    assert "'unknown' as issue_type" in ours


def test_what_stands_around_values_is_taken_off_and_units_beside_numbers(run: Run, models: Path, tmp_path: Path) -> None:
    rows = "".join(f'="00{n}","\'1380000000{n}","{n}.50元","\ta{n}"\n' for n in range(8))
    feed = _proposed(run, models, _file(tmp_path, "orders.csv", "order_no,mobile,fee,label\n" + rows))["orders"]
    assert feed.clean == ("tab", "excel_text", "apostrophe")
    assert feed.units == ("元",)
    assert [column.data_type for column in feed.columns] == ["text", "text", "decimal(18,2)", "text"]


def test_lines_before_and_records_below_the_header_are_passed_over(run: Run, models: Path, tmp_path: Path) -> None:
    title = "An export of orders\nmade on 1 March\n"
    orders = _file(tmp_path, "orders.csv", title + "order_no,total,placed\n" + "".join(f"A{n},{n}.00,2025-03-0{n}\n" for n in range(1, 9)))
    below = 'Response,"How do you\nlike ""it""?"\n"{""ImportId"":""_recordId""}","{""ImportId"":""QID1""}"\n'
    survey = _file(tmp_path, "survey.csv", "ResponseId,Q1\n" + below + "".join(f"R_{n},{n}\n" for n in range(1, 6)))
    feeds = _proposed(run, models, orders, survey)
    assert [(feeds[name].lines_before_header, feeds[name].rows_after_header) for name in ("orders", "survey")] == [(2, 0), (0, 2)]
    assert [column.data_type for column in feeds["survey"].columns] == ["text", "integer"]


def test_a_german_help_desks_export_is_told_in_the_contracts_words(run: Run, models: Path, tmp_path: Path) -> None:
    head = "Ticketliste vom 05.01.2011\r\nTicket-Nr.;Angelegt am;Erledigt am;Kanal;Priorität;Kunde;Bestellnummer\r\n"
    kinds = [("Telefon", "hoch"), ("E-Mail", "niedrig"), ("Fax", "hoch")]
    rows = "".join(
        f"{n:05};{n:02}.12.2010 09:00;{'-' if n % 4 else '24.12.2010 10:00'};{channel};{priority};Jürgen Müller;4711{n}\r\n"
        for n, (channel, priority) in enumerate(kinds * 8, start=1)
    )
    path = tmp_path / "tickets_2011-01-05.csv"
    path.write_bytes((head + rows).encode("cp1252"))
    result = run("new-source", "acme", path, "--time-zone", "Europe/Berlin")
    feed = read_declarations(models)["acme"].feeds["tickets"]
    assert (feed.encoding, feed.delimiter, feed.lines_before_header, feed.time_zone) == ("cp1252", ";", 1, "Europe/Berlin")
    assert {column.name: column.data_type for column in feed.columns} == {
        "ticket_nr": "text", "angelegt_am": "timestamp", "erledigt_am": "timestamp", "kanal": "text", "prioritat": "text",
        "kunde": "text", "bestellnummer": "text",
    }  # fmt: skip
    assert [column.name for column in feed.columns if column.pii] == ["kunde"]
    view = _view(models, "tickets")
    assert "{{ mapped_value('current_tickets.kanal', {'email': ['e-mail'], 'phone': ['telefon']}) }} as channel" in view
    assert "{{ mapped_value('current_tickets.prioritat', {'high': ['hoch'], 'low': ['niedrig']}) }} as priority" in view
    assert "tickets.channel: what do these mean of Kanal: Fax? Map them with mapped_value." in result.stdout
    assert "priority: what do these mean" not in result.stdout


def test_ids_stay_text_whatever_they_look_like(run: Run, models: Path, tmp_path: Path) -> None:
    feed = _proposed(run, models, _file(tmp_path, "x.csv", "ticket,depot,n\n" + "".join(f"{n},0{n},{n}\n" for n in range(5))))["x"]
    assert [column.data_type for column in feed.columns] == ["text", "text", "integer"]


def test_json_lines_and_several_kinds_of_file_are_feeds_of_one_source(run: Run, models: Path, tmp_path: Path) -> None:
    lines = "".join(f'{{"ticket_id": {n}, "created_at": "2025-11-01T0{n}:00:00Z", "tags": ["a"]}}\n' for n in range(5))
    feeds = _proposed(run, models, _file(tmp_path, "tickets-1.jsonl", lines), _file(tmp_path, "lines-7.csv", LINES.format(1)))
    assert sorted(feeds) == ["lines", "tickets"]
    assert [column.data_type for column in feeds["tickets"].columns] == ["text", "timestamp", "text"]


def test_nothing_is_overwritten(run: Run, models: Path, tmp_path: Path) -> None:
    path = _file(tmp_path, "x.csv", LINES.format(1))
    _proposed(run, models, path)
    result = run("new-source", "acme", path)
    assert result.exit_code == 2
    assert "is declared already" in result.stderr
    mine = models / "staging" / "other" / "_other__docs.md"
    mine.parent.mkdir()
    mine.write_text("mine")
    result = run("new-source", "other", path)
    assert result.exit_code == 1
    assert mine.read_text() == "mine"
    assert [each.name for each in mine.parent.iterdir()] == ["_other__docs.md"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("Acme", "x.csv"), 2, "begins with a letter"),
        (("acme", "none.csv"), 2, "There is no file"),
        (("acme", "x.csv", "--currency", "euro"), 2, "three letters"),
        (("acme", "x.xlsx"), 1, "aftersales sheet"),
        (("acme", "empty.csv"), 1, "has no line"),
        (("acme", "header.csv"), 1, "has no rows"),
        (("acme", "x.txt"), 1, "no ending that is read"),
    ],
)
def test_what_cannot_be_proposed_is_a_sentence(
    run: Run, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {"x.csv": LINES.format(1), "x.xlsx": "PK", "empty.csv": "", "header.csv": "a,b\n", "x.txt": "a"}.items():
        _file(tmp_path, name, text)
    result = run("new-source", *arguments)
    assert result.exit_code == code, result.stdout + result.stderr
    assert told in result.stderr
    assert not (models / "staging" / "acme").exists()
