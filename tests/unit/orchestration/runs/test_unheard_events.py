"""dbt's events that nobody hears are not made, those that somebody hears are as they were."""

import json
import subprocess
import sys

PROGRAM = """
import sys
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.logger import LineFormat, LoggerConfig
from dbt.adapters.events.types import SQLQuery
from dbt_common.events.types import Note
from dbt.tracking import track_behavior_change_warn
from orchestration.runs.unheard_events import spare_unheard_events

def told(level, callback):
    manager = EventManager()
    manager.add_callback(callback)
    manager.add_logger(LoggerConfig(name=level.value, level=level, line_format=LineFormat.Json, output_stream=sys.stdout))
    query = SQLQuery(conn_name="model", sql="select 1")
    manager.fire_event(query)
    manager.fire_event(Note(msg="low by nature, raised"), level=EventLevel.WARN)
    return "pb_msg" in vars(query)

if sys.argv[1] == "spared":
    spare_unheard_events()
    spare_unheard_events()
heard = []
dbts = track_behavior_change_warn
made = [told(EventLevel.INFO, dbts), told(EventLevel.DEBUG, dbts), told(EventLevel.INFO, heard.append)]
print(*made, len(heard), file=sys.stderr)
"""


def told(how: str) -> tuple[list[tuple[str, str, dict[str, object]]], str]:
    """What is logged at the level of information, at the lowest, and at the former beside a listener; whether the low event was made
    for each, and what the listener heard."""
    finished = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in finished.stdout.splitlines()]
    return [(line["info"]["name"], line["info"]["level"], line["data"]) for line in lines], finished.stderr.strip()


def test_an_event_below_every_log_is_not_made_and_all_others_are_told_as_before() -> None:
    as_before, made = told("as dbt does")
    assert [(name, level) for name, level, _ in as_before] == [("Note", "warn"), ("SQLQuery", "debug"), ("Note", "warn"), ("Note", "warn")]
    assert made == "True True True 2"
    assert told("spared") == (as_before, "False True True 2")
