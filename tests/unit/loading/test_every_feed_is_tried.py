"""Every declared feed, on and off, is tried with a file of every format: each is taken or refused in words, and nothing ends otherwise."""

from pathlib import Path

import duckdb
import pytest

from orchestration.loading import read_declarations
from orchestration.loading.trial import try_file
from orchestration.project import MODELS_FOLDER

CONTENTS = {
    "x.csv": "order_id,status\n1,x\n",
    "x.jsonl": '{"order_id": 1, "a": {"b": [1]}, "data": [{"id": 1, "tags": [{"name": "x"}], "messages": [7]}]}\n',
    "x.json": '{"data": [\n {"id": 1, "created_datetime": "2025-01-01", "tags": "x"}]}',
}


@pytest.mark.parametrize("name", [*CONTENTS, "x.parquet"])
def test_every_feed_takes_a_strange_file_or_says_why_not(name: str, tmp_path: Path) -> None:
    feeds = [feed for source in read_declarations(MODELS_FOLDER, with_switched_off=True).values() for feed in source.feeds.values()]
    path = tmp_path / name
    if name.endswith(".parquet"):
        duckdb.execute(f"copy (select 1 as order_id, 'x' as status, timestamp '2025-01-01' as created_at) to '{path}' (format parquet)")
    else:
        path.write_text(CONTENTS[name], encoding="utf-8")
    trials = try_file(path, feeds)
    assert len(trials) == len(feeds) > 50
    assert [trial.feed.name for trial in trials if trial.refusal is None and trial.rows != 1] == []
    assert [trial.feed.name for trial in trials if trial.refusal is not None and len(trial.refusal.message) < 20] == []
