"""The suites through Great Expectations: what a process writes, that a broken check is no failed one, and what Data Docs show."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from expectations.runner import exception_message
from orchestration.connections import connected
from orchestration.project import PROJECT_ROOT
from tests.support.manifests import manifest_of, model_node, unique_test
from tests.support.warm import warm_python

MODELS = {
    "staging/shop/_shop__sources.yml": """
version: 2
sources:
  - name: shop
    schema: raw
    tables:
      - name: customers
        identifier: shop__customers
        config: {meta: {key: [customer_id], moments: [[registered_at, left_at]]}}
        columns:
          - {name: customer_id, data_type: text}
          - {name: email, data_type: text, config: {meta: {pii: true, required: true}}}
          - {name: tier, data_type: text, config: {meta: {accepted_values: [gold, none]}}}
          - {name: registered_at, data_type: timestamp}
          - {name: left_at, data_type: timestamp}
      - name: orders
        identifier: shop__orders
        config: {meta: {key: [order_id]}}
        columns:
          - {name: order_id, data_type: text}
""",
}
MARTS = manifest_of(
    model_node(
        "marts/core/dim_customers.sql",
        columns=[
            {"name": "customer_key", "data_type": "string", "config": {"meta": {"publish": "pseudonym"}}},
            {"name": "visit_share", "data_type": "double"},
        ],
    ),
    unique_test("dim_customers", "customer_key"),
    model_node("marts/core/fct_orders.sql", columns=[{"name": "order_key", "data_type": "string"}]),
    unique_test("fct_orders", "order_key"),
)
PLANTED = ("zhang.san@example.com", "Zhang San", "customer-4711")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dbt project of two feeds and two marts."""
    project = tmp_path_factory.mktemp("project")
    for path, text in MODELS.items():
        file = project / "models" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (project / "seeds" / "reference").mkdir(parents=True)
    (project / "seeds" / "reference" / "kpi_definitions.csv").write_text("kpi_id,family,unit,numerator,denominator\n", encoding="utf-8")
    (project / "manifest.json").write_text(json.dumps(MARTS), encoding="utf-8")
    return project / "models"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Path:
    """Faults of every kind over planted personal data: a moment out of order, a null, a mart that is missing, one that cannot be read."""
    file = tmp_path_factory.mktemp("home") / "warehouse.duckdb"
    from orchestration.loading import prepare_raw, read_declarations

    with connected(file) as connection:
        prepare_raw(connection, read_declarations(models))
        connection.execute("""
            insert into raw.extract_ledger
            (extract_id, run_id, source_system, feed, file_name, sha256, status, rows_read, rows_accepted, rows_rejected)
            values (1, 'r', 'shop', 'customers', 'shop/customers/1.csv', 'x', 'loaded', 2, 2, 0)
        """)
        connection.execute(f"""
            insert into raw.shop__customers values
            ('{PLANTED[2]}', null, '{PLANTED[1]}', '2026-01-02', '2026-01-01', 1, 2, now()::timestamp),
            ('2', '{PLANTED[0]}', null, null, null, 1, 3, now()::timestamp)
        """)
        connection.execute("create schema core")
        connection.execute(
            f"create table core.dim_customers as select '{PLANTED[2]}' as customer_key, '{PLANTED[0]}' as visit_share from range(2)"
        )
    # What stands beside a snapshot.
    tables = [{"schema_name": "core", "name": name, "rows": rows} for name, rows in {"dim_customers": 2, "fct_orders": 1}.items()]
    (file.parent / "building.json").write_text(json.dumps({"tables": tables}), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, models: Path, warehouse: Path) -> dict[str, dict]:
    """Both stages, each in its process as a refresh runs them: results, Data Docs and output."""
    folder = tmp_path_factory.mktemp("ran")
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT), "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}

    def run(stage: str) -> dict:
        docs, results = folder / "docs" / stage, folder / f"{stage}.json"
        (docs / "validations" / "raw" / "gone").mkdir(parents=True)
        (docs / "validations" / "raw" / "gone" / "old.html").write_text("an older run", encoding="utf-8")
        finished = subprocess.run(
            [
                *(sys.executable, "-m", "expectations", stage, "--database", str(warehouse), "--models", str(models)),
                *("--manifest", str(models.parent / "manifest.json"), "--results", str(results), "--data-docs", str(docs)),
                *("--run-id", "run-7", "--as-of", "2026-01-09T00:00:00"),
            ],
            cwd=PROJECT_ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        return {"results": json.loads(results.read_text(encoding="utf-8")), "docs": docs, "output": finished.stdout + finished.stderr}

    return {stage: run(stage) for stage in ("inbound", "outbound")}


def result(ran: dict[str, dict], stage: str, subject: str, rule: str) -> dict:
    (found,) = [result for result in ran[stage]["results"] if (result["subject"], result["rule"]) == (subject, rule)]
    return found


def test_a_result_has_the_fields_of_check_results(ran):
    assert {tuple(result) for stage in ran.values() for result in stage["results"]} == {
        ("stage", "subject", "rule", "severity", "status", "rows_checked", "rows_failed", "message", "details")
    }


def test_a_rule_that_holds_counts_what_it_looked_at_and_says_nothing(ran):
    assert result(ran, "inbound", "raw.shop__customers", "key_is_not_null") == {
        "stage": "inbound",
        "subject": "raw.shop__customers",
        "rule": "key_is_not_null",
        "severity": "critical",
        "status": "passed",
        "rows_checked": 2,
        "rows_failed": 0,
        "message": "",
        "details": '{"meaning": "every row has customer_id.", "examples": []}',
    }


def test_a_broken_rule_names_table_rule_rows_and_where_they_stand(ran):
    broken = result(ran, "inbound", "raw.shop__customers", "required_columns_are_not_null")
    assert (broken["status"], broken["rows_checked"], broken["rows_failed"]) == ("failed", 2, 1)
    assert broken["message"] == (
        "raw.shop__customers breaks required_columns_are_not_null: 1 of 2 rows. Expected: every row has email. "
        "For example: no email in line 2 of shop/customers/1.csv."
    )


def test_a_warning_is_a_failed_check_of_severity_warning(ran):
    warned = result(ran, "inbound", "raw.shop__customers", "moments_are_in_order")
    assert (warned["severity"], warned["status"]) == ("warning", "failed")


def test_a_table_that_is_expected_and_missing_is_an_error_of_the_check(ran):
    missing = result(ran, "outbound", "core.fct_orders", "every_row_is_copied")
    assert (missing["status"], missing["rows_checked"], missing["rows_failed"]) == ("error", None, None)
    assert missing["message"] == (
        "core.fct_orders: the check every_row_is_copied could not run, so nothing is known of the data. "
        "The table fct_orders does not exist: load the extracts and build the models first."
    )


def test_a_broken_metric_is_an_error_of_the_check_and_not_of_the_data(ran):
    broken = result(ran, "outbound", "core.dim_customers", "numbers_are_finite")
    assert broken["status"] == "error"
    assert "could not run" in broken["message"]


def test_a_broken_metric_takes_no_other_rule_down(ran):
    assert result(ran, "outbound", "core.dim_customers", "columns_are_those_described")["status"] == "passed"
    assert result(ran, "outbound", "core.dim_customers", "customers_are_hashes")["status"] == "failed"
    assert result(ran, "outbound", "core.dim_customers", "grain_is_unique")["status"] == "failed"


def test_a_feed_that_was_never_delivered_breaks_nothing(ran):
    assert {result["status"] for result in ran["inbound"]["results"] if result["subject"] == "raw.shop__orders"} == {"passed"}


def test_the_process_says_nothing_when_all_went_well(ran):
    assert {stage: what["output"] for stage, what in ran.items()} == {"inbound": "", "outbound": ""}


def test_no_personal_value_is_in_results_output_or_data_docs(ran):
    for what in ran.values():
        texts = {"results": json.dumps(what["results"], ensure_ascii=False), "output": what["output"]}
        texts |= {str(page): page.read_text(encoding="utf-8") for page in what["docs"].rglob("*") if page.is_file()}
        assert [(place, planted) for place, text in texts.items() for planted in PLANTED if planted in text] == []


def test_data_docs_ask_the_network_for_nothing(ran):
    asking = re.compile(
        r"""(?:<(?:script|img|iframe)[^>]*\ssrc|<link[^>]*\shref)\s*=\s*["']?(?:https?:)?//|url\(\s*["']?(?:https?:)?//|@import"""
    )
    for what in ran.values():
        pages = list(what["docs"].rglob("*.html")) + list(what["docs"].rglob("*.css"))
        # The index, the style sheet and a page of each table.
        assert len(pages) >= 4
        assert [page for page in pages if asking.search(page.read_text(encoding="utf-8"))] == []


def test_every_page_of_data_docs_finds_its_style_sheet_and_what_it_links_to(ran):
    for what in ran.values():
        for page in what["docs"].rglob("*.html"):
            text = page.read_text(encoding="utf-8")
            links = re.findall(r'href="([^"#:]+)"', text)
            assert any(link.endswith("data_docs.css") for link in links), page
            assert [link for link in links if not (page.parent / link).exists()] == [], page


def test_the_index_says_what_is_wrong_in_words(ran):
    index = (ran["inbound"]["docs"] / "index.html").read_text(encoding="utf-8")
    assert "raw.shop__customers breaks required_columns_are_not_null: 1 of 2 rows." in index
    assert "2 tables" in index


def test_a_suite_page_gives_meaning_severity_and_rows_of_each_rule(ran):
    (page,) = (ran["inbound"]["docs"] / "validations" / "raw" / "shop__customers").rglob("*.html")
    text = page.read_text(encoding="utf-8")
    assert "(warning): what happens later comes later: registered_at ≤ left_at." in text
    assert "1 of 2 rows break it: left_at before registered_at in line 2 of shop/customers/1.csv" in text


def test_a_suite_page_gives_what_the_library_found_without_the_values(ran):
    (page,) = (ran["inbound"]["docs"] / "validations" / "raw" / "shop__customers").rglob("*.html")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8")))
    assert "values must never be null. 1 unexpected values found. 50% of 2 total rows." in text


def test_a_table_that_is_not_of_a_snapshot_is_found_by_its_personal_columns(ran):
    assert "raw.shop__customers.email" in result(ran, "outbound", "information_schema.columns", "no_column_is_personal")["message"]


def test_pages_of_an_older_run_are_gone(ran):
    assert not (ran["inbound"]["docs"] / "validations" / "raw" / "gone").exists()


def test_the_warehouse_is_not_changed(ran, warehouse):
    assert not warehouse.with_name(warehouse.name + ".wal").exists()


def test_without_a_warehouse_the_process_fails_and_says_what_to_do(models, tmp_path):
    finished = subprocess.run(
        [
            *(warm_python().python, "-m", "expectations", "inbound", "--database", str(tmp_path / "none.duckdb")),
            *("--models", str(models), "--results", str(tmp_path / "results.json")),
        ],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 1
    assert "There is no database at" in finished.stderr
    assert not (tmp_path / "results.json").exists()


@pytest.mark.parametrize(
    ("exception_info", "message"),
    [
        (None, None),
        ({}, None),
        ({"raised_exception": False, "exception_message": None, "exception_traceback": None}, None),
        ({"raised_exception": True, "exception_message": "no", "exception_traceback": ""}, "no"),
        ({"metric": {"raised_exception": True, "exception_message": "no", "exception_traceback": ""}}, "no"),
    ],
)
def test_both_shapes_of_exception_info_are_read(exception_info, message):
    assert exception_message(exception_info) == message
