"""Whose fault it is decides what people are told: the warehouse's, that of Dagster's records, or of a server elsewhere."""

from pathlib import Path

import pytest

from orchestration.home import Home
from orchestration.runs.fault_advice import FaultKind, advice, kind_of


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("IO Error: Corrupt database file: computed checksum does not match", FaultKind.DAMAGED),
        ("(sqlite3.DatabaseError) database disk image is malformed", FaultKind.RECORDS_DAMAGED),
        ("(sqlite3.DatabaseError) file is not a database", FaultKind.RECORDS_DAMAGED),
        ("(sqlite3.OperationalError) database or disk is full", FaultKind.DISK_FULL),
        ("(sqlite3.OperationalError) unable to open database file", FaultKind.FORBIDDEN),
        ("too many retries for DB connection", FaultKind.RECORDS_CLOSED),
        ("psycopg2.errors.DiskFull: could not extend file: No space left on device", FaultKind.RECORDS_CLOSED),
        ("psycopg2.errors.InsufficientPrivilege: permission denied for table runs", FaultKind.RECORDS_CLOSED),
        ("Dagster cannot open its records: Could not parse SQLAlchemy URL", FaultKind.RECORDS_CLOSED),
        ("Dagster cannot open its records: [Errno 28] No space left on device", FaultKind.DISK_FULL),
    ],
)
def test_a_fault_is_told_by_the_words_of_whoever_met_it(said: str, kind: FaultKind) -> None:
    assert kind_of(said) is kind


def test_only_a_damaged_warehouse_is_built_anew(tmp_path: Path) -> None:
    to_rebuild = {kind for kind in FaultKind if "aftersales rebuild" in (advice(kind, Home(tmp_path)) or "")}
    assert to_rebuild == {FaultKind.DAMAGED, FaultKind.STALE_LOG}
