"""Records in documents: pages of an interface, envelopes, lists within the records of another feed."""

import errno
import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.loading import DeclarationError, read_declarations
from orchestration.loading.records import Unfolding
from orchestration.loading.rejects import export_rejects, rejected_rows
from orchestration.loading.results import Refusal
from orchestration.loading.trial import try_file
from tests.unit.loading.keeping import Keeping
from tests.unit.loading.shop import Shop

TICKETS = "key: [ticket_id], records: ['$.data[*]', $], ignored_columns: [tags, messages]"
TAGS = "key: [ticket_id, tag], within: {tickets: '$.tags[*]'}"


def declaration(tickets: str = TICKETS, tags: str = TAGS, of_ticket: str = "^.id") -> str:
    return f"""
sources:
  - name: desk
    config: {{meta: {{time_zone: UTC}}}}
    tables:
      - name: tickets
        identifier: desk__tickets
        config: {{meta: {{{tickets}}}}}
        columns:
          - {{name: ticket_id, data_type: text, config: {{meta: {{header: id}}}}}}
          - {{name: seconds, data_type: integer}}
      - name: tags
        identifier: desk__tags
        config: {{meta: {{{tags}}}}}
        columns:
          - {{name: ticket_id, data_type: text, config: {{meta: {{header: {of_ticket}}}}}}}
          - {{name: tag, data_type: text, config: {{meta: {{header: name}}}}}}
"""


def tickets_of(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.rows("ticket_id, seconds", "raw.desk__tickets")


def tags_of(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.rows("ticket_id, tag", "raw.desk__tags")


def load(shop: Shop, name: str, content: bytes | str) -> list[tuple[str, str, int, int, int]]:
    """What became of a file: feed, status, rows read, rejected and left out."""
    shop.deliver(name, content)
    new = [each for each in shop.load().extracts if each.file_name == f"desk/{name}"]
    shop.assert_books_balance()
    return [(each.feed, str(each.status), each.rows_read, each.rows_rejected, each.rows_left_out) for each in new]


PAGE = {
    "data": [{"id": 1, "seconds": 5, "tags": [{"name": "a"}, {"name": "b"}]}, {"id": 2, "seconds": None, "tags": []}],
    "meta": {"next": None},
}
BOTH = ([("1", 5), ("2", None)], [("1", "a"), ("1", "b")])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tickets_1.json", json.dumps(PAGE, indent=2).encode()),
        ("tickets_1.jsonl", json.dumps(PAGE).encode()),
        ("tickets_1.json.gz", gzip.compress(json.dumps(PAGE).encode())),
        ("tickets_1.json", b"\xef\xbb\xbf" + json.dumps(PAGE).encode() + b"\r\n\r\n"),
        ("tickets_1.jsonl", "".join(json.dumps(each) + "\n" for each in PAGE["data"]).encode()),
        ("tickets/1.json", "".join(json.dumps({"data": [each]}) + "\n" for each in PAGE["data"]).encode()),
    ],
)
def test_a_page_its_lines_and_a_document_over_many_lines_are_the_same_records(tmp_path: Path, name: str, content: bytes) -> None:
    shop = Shop(tmp_path, declaration())
    assert load(shop, name, content) == [("tickets", "loaded", 2, 0, 0), ("tags", "loaded", 2, 0, 0)]
    assert (tickets_of(shop), tags_of(shop)) == BOTH
    assert shop.load().known_files == 2


def test_on_a_disk_without_links_each_feed_keeps_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted", str(target))

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    keeping = Keeping(Shop(tmp_path, declaration()), is_own_landing=True)
    keeping.shop.deliver("tickets_1.json", json.dumps(PAGE))
    keeping.load()
    assert keeping.landed() == []
    assert sorted(name.partition("/")[0] for name in keeping.kept()) == ["tags", "tickets"]
    assert len(set(keeping.kept().values())) == 1


def test_a_list_and_an_envelope_are_said_by_their_paths(tmp_path: Path) -> None:
    shop = Shop(tmp_path, declaration("key: [ticket_id], records: '$[*]', ignored_columns: [tags]"))
    load(shop, "tickets_1.json", json.dumps(PAGE["data"]))
    assert (tickets_of(shop), tags_of(shop)) == BOTH
    envelopes = [
        {"stream": "tickets", "data": {"id": 3, "seconds": 1}, "emitted_at": 7},
        {"stream": "users", "data": {"id": 4}},
        {"log": "x"},
    ]
    shop.declare(declaration("key: [ticket_id], records: $.data, where: {stream: [tickets]}", of_ticket="^.id"))
    lines = "".join(json.dumps(each) + "\n" for each in envelopes)
    assert load(shop, "tickets_2.jsonl", lines) == [("tickets", "loaded", 1, 0, 2), ("tags", "loaded", 0, 0, 0)]
    assert tickets_of(shop)[2:] == [("3", 1)]


def test_a_record_reads_what_is_around_it(tmp_path: Path) -> None:
    """One caret is the object that it stands in, two the one around that; a record may tell it by itself, too."""
    shop = Shop(tmp_path, declaration(tags="key: [ticket_id, tag], within: {tickets: '$.more.tags[*]'}", of_ticket="['^^.id', ticket]"))
    records = [
        {"id": 1, "more": {"id": "no", "tags": [{"name": "a"}, {"name": "b", "id": 9}]}},
        {"more": {"tags": [{"name": "c", "ticket": 5}]}},
    ]
    load(shop, "tickets_1.jsonl", "".join(json.dumps(each) + "\n" for each in records))
    assert tags_of(shop) == [("1", "a"), ("1", "b"), ("5", "c")]


def test_what_is_wrong_with_a_record_is_told_of_its_own_feed(tmp_path: Path) -> None:
    shop = Shop(tmp_path, declaration())
    page = [
        {"id": 1, "seconds": "x", "tags": [{"name": "a"}, {"name": None}, "b"]},
        {"seconds": 1},
        {"id": 2, "seconds": 2, "tags": None},
        7,
    ]
    lines = json.dumps({"data": page}) + '\n{"data": [{"id"\n{"id": 3}\n'
    # A line that is cut off is a record of both, since nobody knows what it held.
    assert load(shop, "tickets_1.jsonl", lines) == [("tickets", "loaded", 6, 4, 0), ("tags", "loaded", 4, 3, 0)]
    assert tickets_of(shop) == [("2", 2), ("3", None)]
    assert tags_of(shop) == [("1", "a")]
    assert shop.rejects("line, column_name, reason") == [
        (1, "seconds", "wrong_type"),
        (2, "ticket_id", "required_null"),
        (4, None, "not_an_object"),
        (5, None, "invalid_json"),
        (2, "tag", "required_null"),
        (3, None, "not_an_object"),
        (4, None, "invalid_json"),
    ]


@pytest.mark.parametrize(
    ("records", "content", "told"),
    [
        ("'$.data[*]'", '{"data": []}\n{"error": "slow down"}\n', "document 2 of the file does not have its records at $.data[*]"),
        ("'$.data[*]'", '{"data": {"id": 1}}', "document 1"),
        ("'$.data[*]'", "[]", "document 1"),
        ("'$.data.items[*]'", '{"data": {}}', "document 1"),
        ("'$[*]'", '{"id": 1}', "does not have its records at $[*]"),
        ("['$.data[*]', '$.items[*]']", '{"rows": []}', "at $.data[*] or $.items[*], where"),
        ("$", '{"id": 1,\n"x"', "no whole JSON object or list"),
        ("$", "id,seconds\n1,2\n", "no whole JSON object or list"),
    ],
)
def test_a_document_without_its_records_refuses_the_file(tmp_path: Path, records: str, content: str, told: str) -> None:
    shop = Shop(tmp_path, declaration(f"key: [ticket_id], records: {records}", tags="key: [ticket_id, tag], records: $", of_ticket="id"))
    shop.deliver("tickets_1.jsonl", content)
    (refused,) = shop.load().extracts
    assert (refused.refusal_reason, told in refused.message) == ("wrong_content", True), refused.message
    assert "slow" not in refused.message


def test_a_list_that_is_none_refuses_the_feed_within_and_not_the_one_around(tmp_path: Path) -> None:
    shop = Shop(tmp_path, declaration())
    assert load(shop, "tickets_1.jsonl", '{"id": 1, "tags": "a,b"}') == [("tickets", "loaded", 1, 0, 0), ("tags", "refused", 0, 0, 0)]
    # Corrected, it is read by both; the ticket alone changes nothing.
    assert load(shop, "tickets_1.jsonl", '{"id": 1, "tags": [{"name": "a"}]}')[1:] == [("tags", "loaded", 1, 0, 0)]


def test_lists_that_are_empty_everywhere_are_a_delivery_without_rows(tmp_path: Path) -> None:
    shop = Shop(tmp_path, declaration())
    assert load(shop, "tickets_1.json", '{"data": []}') == [("tickets", "loaded", 0, 0, 0), ("tags", "loaded", 0, 0, 0)]
    assert load(shop, "tickets_2.json", '{"data": null}') == [("tickets", "loaded", 0, 0, 0), ("tags", "loaded", 0, 0, 0)]


def test_a_renamed_key_is_told(tmp_path: Path) -> None:
    shop = Shop(tmp_path, declaration())
    shop.deliver("tickets_1.jsonl", '{"id": 1, "labels": [{"name": "a"}]}\n')
    assert [each.unknown_columns for each in shop.load().extracts] == [("labels",), ()]
    shop.deliver("tickets_2.jsonl", '{"number": 1, "tags": [{"title": "a"}]}\n')
    refused = shop.load().extracts
    assert [(each.feed, each.refusal_reason, "'id'" in each.message or "'name'" in each.message) for each in refused] == [
        ("tickets", "missing_required_column", True),
        ("tags", "missing_required_column", True),
    ]


def test_csv_of_a_feed_with_documents_is_read_as_it_is(tmp_path: Path) -> None:
    shop = Shop(tmp_path, declaration())
    assert load(shop, "tickets_1.csv", "id,seconds\n1,2\n") == [("tickets", "loaded", 1, 0, 0)]


def test_the_archive_has_the_file_for_each_feed_and_a_rebuild_reads_it_so(tmp_path: Path) -> None:
    keeping = Keeping(Shop(tmp_path, declaration()), is_own_landing=True)
    keeping.shop.deliver("tickets_1.json", json.dumps(PAGE))
    keeping.shop.deliver("tags/own.jsonl", '{"^": {"id": 8}, "name": "z"}\n')
    keeping.load()
    assert keeping.landed() == []
    kept = [path for path in (keeping.folder / "desk").glob("*/*.jsonl") if path.stat().st_nlink == 2]
    assert sorted(path.parent.name for path in kept) == ["tags", "tickets"]
    again = keeping.rebuilt()
    assert (tickets_of(again), sorted(tags_of(again))) == (BOTH[0], [*BOTH[1], ("8", "z")])
    # The same bytes again change nothing, and go.
    keeping.shop.deliver("tickets_2.json", json.dumps(PAGE))
    assert [str(each.status) for each in keeping.load().extracts] == ["duplicate", "duplicate"]
    assert keeping.landed() == []


def test_a_file_stays_until_each_of_its_feeds_has_taken_it(tmp_path: Path) -> None:
    keeping = Keeping(Shop(tmp_path, declaration()), is_own_landing=True)
    keeping.shop.deliver("tickets_1.jsonl", '{"id": 1, "tags": "a"}\n')
    keeping.load()
    assert keeping.landed() == ["tickets_1.jsonl"]
    assert [(each.feed, each.is_repeated) for each in keeping.load().extracts] == [("tags", True)]
    keeping.shop.declare(declaration(tags="key: [ticket_id, tag], within: {tickets: '$.labels[*]'}"))
    assert [(each.feed, str(each.status)) for each in keeping.load().extracts] == [("tags", "loaded")]
    assert keeping.landed() == []
    # The other way round: what is around was refused, and what is within taken.
    keeping.shop.deliver("tickets_2.jsonl", '{"no": 2, "labels": [{"name": "a"}]}\n')
    keeping.shop.declare(declaration(tags="key: [tag], within: {tickets: '$.labels[*]'}", of_ticket="x"))
    assert [(each.feed, str(each.status)) for each in keeping.load().extracts] == [("tickets", "refused"), ("tags", "loaded")]
    assert keeping.landed() == ["tickets_2.jsonl"]
    keeping.shop.declare(declaration("key: line, replaces: nothing, records: $", "key: [tag], within: {tickets: '$.labels[*]'}", "x"))
    assert [(each.feed, str(each.status)) for each in keeping.load().extracts] == [("tickets", "loaded")]
    assert keeping.landed() == []


def test_rejected_records_come_back_as_files_of_their_own_feed(tmp_path: Path) -> None:
    keeping = Keeping(Shop(tmp_path, declaration()), is_own_landing=True)
    shop = keeping.shop
    shop.deliver("tickets_1.json", json.dumps({"data": [{"id": 1, "seconds": "x", "tags": [{"name": ""}]}]}))
    keeping.load()
    rows = [row for feed in shop.source.feeds.values() for row in rejected_rows(shop.connection, feed)]
    exports = list(export_rejects(rows, keeping.archive, tmp_path / "open"))
    names = [each.path.relative_to(tmp_path / "open").as_posix() for each in exports if each.path is not None]
    assert names == ["desk/tickets_1.rejects-1.json", "desk/tags/tickets_1.rejects-2.json"]
    for each, wrong, right in zip(exports, ('"x"', '""'), ("4", '"a"'), strict=True):
        assert each.path is not None
        shop.deliver(
            each.path.relative_to(tmp_path / "open" / "desk").as_posix(), each.path.read_text(encoding="utf-8").replace(wrong, right)
        )
    assert sorted((each.feed, str(each.status), each.rows_accepted) for each in keeping.load().extracts) == [
        ("tags", "loaded", 1),
        ("tickets", "loaded", 1),
    ]
    assert (tickets_of(shop), tags_of(shop)) == ([("1", 4)], [("1", "a")])
    assert [row for feed in shop.source.feeds.values() for row in rejected_rows(shop.connection, feed)] == []


def test_try_tells_of_what_is_within(tmp_path: Path) -> None:
    shop = Shop(tmp_path, declaration())
    path = tmp_path / "page.json"
    path.write_text(json.dumps(PAGE), encoding="utf-8")
    best = try_file(path, list(shop.source.feeds.values()))[0]
    assert (best.feed.name, best.rows, best.names, best.names_known) == ("tickets", 2, 2, 2)
    assert [(each.feed.name, each.rows, each.refusal) for each in best.within] == [("tags", 2, None)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["data", "tags", "id", "name", "x"]), inner, max_size=4),
    max_leaves=12,
)


def tags_in(document: Any) -> list[Any] | None:
    """The tags of a document as Python finds them; None: something is no list that has to be one."""
    pages = document["data"] if isinstance(document, dict) and "data" in document else [document]
    if pages is None:
        return []
    if not isinstance(pages, list):
        return None
    found: list[Any] = []
    for page in pages:
        tags = page.get("tags") if isinstance(page, dict) else None
        if tags is not None and not isinstance(tags, list):
            return None
        around = {"^": {"id": page["id"]}} if isinstance(page, dict) and "id" in page else {}
        found += [{**tag, **around} if isinstance(tag, dict) else tag for tag in tags or []]
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents=st.lists(JSON, min_size=1, max_size=4), indent=st.sampled_from([None, 1]))
def test_records_are_those_that_python_finds(tmp_path: Path, documents: list[Any], indent: int | None) -> None:
    documents = documents[: 4 if indent is None else 1]
    path = tmp_path / "documents.json"
    path.write_text("".join(json.dumps(each, indent=indent) + "\n" for each in documents), encoding="utf-8")
    expected = [tags_in(each) for each in documents]
    unfolding = Unfolding(_declared(tmp_path, declaration()).feeds["tags"], is_within=True)
    try:
        with unfolding.copy(path, tmp_path, is_gzip=False) as copy:
            found = [json.loads(line) for line in copy.read_text(encoding="utf-8").splitlines()]
    except Refusal:
        assert None in expected or not any(isinstance(each, dict | list) for each in documents)
        return
    assert found == [tag for tags in expected for tag in tags or []]
    assert None not in expected


def test_a_number_keeps_the_value_that_was_written(tmp_path: Path) -> None:
    numbers = ["12345678901234567.891", "1e400", "-0.10000000000000000001", "1.10", "1e2", "123456789012345678901234567890"]
    path = tmp_path / "tickets_1.jsonl"
    path.write_text(f'{{"data": [{{"id": [{", ".join(numbers)}]}}]}}\n', encoding="utf-8")
    with Unfolding(_declared(tmp_path, declaration()).feeds["tickets"], is_within=False).copy(path, tmp_path, is_gzip=False) as copy:
        found = json.loads(copy.read_text(encoding="utf-8"), parse_float=Decimal, parse_int=Decimal)["id"]
    assert found == [Decimal(number) for number in numbers]


def _declared(folder: Path, text: str) -> Any:
    models = folder / "models"
    models.mkdir(exist_ok=True)
    (models / "_desk__sources.yml").write_text(text, encoding="utf-8")
    return read_declarations(models)["desk"]


@pytest.mark.parametrize(
    ("tickets", "tags", "of_ticket", "told"),
    [
        ("key: [ticket_id], records: data", TAGS, "^.id", "'data' is no path to records; say $ for the document itself"),
        ("key: [ticket_id], records: '$.data[0]'", TAGS, "^.id", "'$.data[0]' is no path to records"),
        ("key: [ticket_id]", "key: [ticket_id, tag], within: {ticket: $.tags}", "^.id", "within names 'ticket', which is no table"),
        ("key: [ticket_id]", "key: [ticket_id, tag], within: {tags: $.tags}", "^.id", "which has no files of its own"),
        ("key: [ticket_id], within: {tags: $.x}", TAGS, "^.id", "which has no files of its own"),
        ("key: [ticket_id]", "key: [ticket_id, tag]", "^.id", "the header '^.id' speaks of what is around a record"),
        ("key: [ticket_id], where: {stream: [x]}", TAGS, "^.id", "where speaks of what is around a record"),
        ("key: [ticket_id]", "key: [ticket_id, tag], within: {tickets: $.a, x: $.b}", "^.id", "within"),
        ("key: [ticket_id]", TAGS, "'^^'", "begins like a path into JSON and is none"),
    ],
)  # fmt: skip
def test_a_declaration_that_cannot_be_meant_is_refused(tmp_path: Path, tickets: str, tags: str, of_ticket: str, told: str) -> None:
    with pytest.raises(DeclarationError) as raised:
        _declared(tmp_path, declaration(tickets, tags, of_ticket))
    assert told in str(raised.value)
