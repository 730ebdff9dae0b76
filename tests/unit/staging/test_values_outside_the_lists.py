"""What a system writes that the contract does not list: other or null in the facts, and counted by the warning.

The incidents are ten updates in the desk's own format, the contacts seven; what the warning should count is added up beside the test.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.connections import connected
from orchestration.loading import load_source
from tests.support.compiled_models import CompiledProject, build, compiled_project, new_warehouse
from tests.support.staging import SOURCES

INCIDENTS = """\
number,incident_state,sys_mod_count,caller_id,opened_at,sys_updated_by,sys_updated_at,contact_type,priority
INC1,New,0,Caller 1,1/3/2016 10:00,U1,1/3/2016 10:00,Self service,3
INC1,Resolved,1,Caller 1,1/3/2016 10:00,U1,1/3/2016 12:00,Self service,3
INC2,New,0,Caller 2,1/3/2016 10:00,U1,1/3/2016 10:00,Direct opening,5 - Planning
INC2,Resolved,1,Caller 2,1/3/2016 10:00,U1,1/3/2016 12:00,Direct opening,5 - Planning
INC3,New,0,Caller 3,1/3/2016 10:00,U1,1/3/2016 10:00,phone,3 - Moderate
INC3,Resolved,1,Caller 3,1/3/2016 10:00,U1,1/3/2016 12:00,phone,urgent!
INC4,New,0,Caller 4,1/3/2016 10:00,U1,1/3/2016 10:00,IVR,1 - critical
INC4,Resolved,1,Caller 4,1/3/2016 10:00,U1,1/3/2016 12:00,IVR,1 - critical
INC5,New,0,Caller 5,1/3/2016 10:00,U1,1/3/2016 10:00,unknown,4
INC5,Resolved,1,Caller 5,1/3/2016 10:00,U1,1/3/2016 12:00,unknown,4
"""
CONTACTS = """\
Unique id,channel_name,category,Sub-category,Issue_reported at,issue_responded,Survey_response_Date,Agent_name,CSAT Score
k1,Email,RETURNS,Return request,02/08/2023 11:13,02/08/2023 11:39,03-Aug-23,Richard,5
k2,Inbound,Warranty fraud,Who knows,02/08/2023 11:13,02/08/2023 11:39,03-Aug-23,Richard,5
k3,Inbound,Others,Others,02/08/2023 11:13,02/08/2023 11:39,03-Aug-23,Richard,5
k7,Inbound,unknown,Who knows,02/08/2023 11:13,02/08/2023 11:39,03-Aug-23,Richard,5
k4,Inbound,Warranty fraud,Who knows,02/08/2023 11:13,02/08/2023 11:39,03-Aug-23,Richard,5
k5,Inbound,A,Who knows,02/08/2023 11:13,02/08/2023 11:39,03-Aug-23,Richard,5
k6,Inbound,B,Who knows,02/08/2023 11:13,02/08/2023 11:39,03-Aug-23,Richard,5
k0,Inbound,Warranty fraud,Who knows,02/08/2023 11:13,02/08/2023 11:39,03-Aug-23,Richard,5
k8,Inbound,Warranty fraud,Who knows,02/08/2023 11:13,02/08/2023 11:39,03-Aug-23,Richard,5
k9,Inbound,Warranty fraud,Who knows,02/08/2023 11:13,02/08/2023 11:39,03-Aug-23,Richard,5
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    return compiled_project(tmp_path_factory)


@pytest.fixture(scope="module")
def desks(project: CompiledProject, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    home = tmp_path_factory.mktemp("desks")
    files = {"incidents/incident_event_log.csv": INCIDENTS, "support_csat/support_csat_1.csv": CONTACTS}
    warehouse = home / "warehouse.duckdb"
    new_warehouse(project, warehouse)
    for name, text in files.items():
        path = home / "landing" / name
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
        with connected(warehouse) as connection:
            load = load_source(connection, SOURCES[path.parent.name], home / "landing", run_id="1")
            assert [(extract.rows_accepted, extract.rows_rejected) for extract in load.extracts] == [(len(text.splitlines()) - 1, 0)]
    build(project, warehouse)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        yield connection


def data_test(project: CompiledProject, name: str) -> dict[str, Any]:
    nodes = json.loads(Path(project.manifest).read_text(encoding="utf-8"))["nodes"].values()
    (test,) = (node for node in nodes if node["name"] == name)
    return test


def test_each_mapping_knows_the_forms_that_its_system_writes(desks: duckdb.DuckDBPyConnection) -> None:
    found = desks.execute("select ticket_id, channel, issue_type, priority from core.fct_tickets order by ticket_id").fetchall()
    assert found == [
        ("INC1", "self_service", "other", "normal"),
        # Neither is in a list: no channel, no priority that is known.
        ("INC2", None, "other", None),
        # Raised to something that is no priority.
        ("INC3", "phone", "other", "unknown"),
        ("INC4", "phone", "other", "urgent"),
        # Said to be unknown, which is no value outside a list.
        ("INC5", None, "other", "low"),
        ("k0", "phone", "other", None),
        ("k1", "email", "return_exchange", None),
        ("k2", "phone", "other", None),
        ("k3", "phone", "other", None),
        ("k4", "phone", "other", None),
        ("k5", "phone", "other", None),
        ("k6", "phone", "other", None),
        ("k7", "phone", None, None),
        ("k8", "phone", "other", None),
        ("k9", "phone", "other", None),
    ]


def test_an_unknown_channel_has_its_policies_and_its_place_in_the_mix(desks: duckdb.DuckDBPyConnection) -> None:
    verdicts = desks.execute(
        "select tickets.ticket_id, sla.policy_id, sla.verdict from core.fct_ticket_sla as sla"
        " inner join core.fct_tickets as tickets using (ticket_key)"
        " where sla.metric = 'resolution' and tickets.source_system = 'incidents' order by all"
    ).fetchall()
    # The desk has a policy for each priority, and none for those of which it is not known.
    assert verdicts == [
        ("INC1", "incidents_normal", "met"),
        ("INC2", None, "no_policy"),
        ("INC3", None, "no_policy"),
        ("INC4", "incidents_urgent", "met"),
        ("INC5", "incidents_low", "met"),
    ]
    mix = desks.execute(
        "select channel, ticket_count from efficiency.kpi_channel_mix"
        " where period_grain = 'month' and period_start = '2016-03-01' and dimension = 'overall' and ticket_count > 0 order by channel"
    ).fetchall()
    assert mix == [("phone", 2), ("self_service", 1), ("unknown", 2)]
    subjects = desks.execute(
        "select member, numerator from efficiency.kpi_efficiency where kpi_id = 'ticket_count' and dimension = 'issue_type'"
        " and period_grain = 'month' and period_start = '2023-08-01' and numerator > 0 order by member"
    ).fetchall()
    assert subjects == [("other", 8), ("return_exchange", 1), ("unknown", 1)]
    rate = desks.execute(
        "select numerator, denominator from efficiency.kpi_efficiency where kpi_id = 'self_service_rate'"
        " and period_grain = 'month' and period_start = '2016-03-01' and dimension = 'overall'"
    ).fetchall()
    assert rate == [(1, 5)]


def test_values_outside_the_lists_are_counted_by_source_and_column(project: CompiledProject, desks: duckdb.DuckDBPyConnection) -> None:
    test = data_test(project, "values_are_those_of_the_contract")
    counted = desks.execute(f"select * from ({test['compiled_code']}) order by all").fetchall()
    assert counted == [
        ("incidents ticket_events.to_value: 1 in no list", "incidents ticket_events.to_value: 1 others", 1),
        ("incidents tickets.channel: 1 in no list", "incidents tickets.channel: 1 others", 1),
        ("incidents tickets.priority: 2 in no list", "incidents tickets.priority: 2 others", 2),
        ("support_csat tickets.issue_type: 7 in no list", "support_csat tickets.issue_type: Warranty fraud (5), 2 others", 7),
    ]
    assert test["config"]["severity"] == "warn"


def test_data_that_begins_before_there_were_shops_is_told(
    project: CompiledProject, desks: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    query = data_test(project, "data_begins_when_there_were_shops")["compiled_code"]
    assert desks.execute(query).fetchall() == []
    (file,) = desks.execute("select path from duckdb_databases() where not internal").fetchall()
    shutil.copyfile(file[0], tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute(
            "update current.incidents__incident_updates set opened_at = timestamp '1989-12-31 23:59:59' where number = 'INC1'"
        )
        (told,) = connection.execute(query).fetchall()
        assert told[0].startswith(
            "tickets.created_at begins on 1989-12-31, before 1990-01-01: have it corrected, declare it in null_markers"
        )
        connection.execute("update current.incidents__incident_updates set opened_at = timestamp '1990-01-01' where number = 'INC1'")
        assert connection.execute(query).fetchall() == []
