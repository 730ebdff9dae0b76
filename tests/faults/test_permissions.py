"""A file that may not be read or written: it is named, nothing else suffers, and the message says how to give it back."""

from pathlib import Path

from reading.snapshot import damage
from tests.support.fault_world import python, rights_apply
from tests.unit.loading.shop import Shop, csv_file, order
from tests.unit.publishing.shop import ready_shop

LOAD = """
import sys
from pathlib import Path
from tests.unit.loading.shop import Shop
for extract in Shop(Path(sys.argv[1])).load().extracts:
    print(extract.file_name, extract.status, extract.refusal_reason, extract.message, sep="|")
"""

OPEN_AND_ADVISE = """
import sys
from pathlib import Path
from orchestration.runs.fault_advice import advice, kind_of
from orchestration.home import Home
from orchestration.runs.warehouse_file import insist_warehouse_opens
home = Home(Path(sys.argv[1]))
try:
    insist_warehouse_opens(home)
except Exception as error:
    print(type(error).__name__, kind_of(error), advice(kind_of(error), home), sep="|")
"""

PUBLISH = """
import sys
from pathlib import Path
from tests.unit.publishing.shop import Shop
try:
    Shop(Path(sys.argv[1])).publish()
except PermissionError as error:
    print("refused", error, sep="|")
"""

REFRESH = "from command_line.app import main; main()"


def test_an_extract_without_permission_is_refused_by_name_and_the_others_are_loaded(tmp_path: Path) -> None:
    preexec = rights_apply()
    shop = Shop(tmp_path)
    forbidden = shop.deliver("orders-1.csv", csv_file(order(1)))
    shop.deliver("orders-2.csv", csv_file(order(2)))
    shop.connection.close()
    forbidden.chmod(0)
    finished = python(LOAD, tmp_path, preexec=preexec)
    assert finished.returncode == 0, finished.stderr
    first, second = (line.split("|") for line in finished.stdout.splitlines())
    assert first[:3] == ["shop/orders-1.csv", "refused", "not_readable"]
    assert "give the loader the right to read it" in first[3]
    assert second[:2] == ["shop/orders-2.csv", "loaded"]

    forbidden.chmod(0o600)
    again = python(LOAD, tmp_path, preexec=preexec)
    assert [line.split("|")[:2] for line in again.stdout.splitlines()] == [["shop/orders-1.csv", "loaded"]]


def test_a_warehouse_that_may_not_be_written_is_no_damaged_one_and_the_advice_is_to_give_it_back(tmp_path: Path) -> None:
    preexec = rights_apply()
    shop = Shop(tmp_path)
    shop.connection.close()
    (tmp_path / "warehouse.duckdb").chmod(0o400)
    finished = python(OPEN_AND_ADVISE, tmp_path, preexec=preexec)
    assert finished.returncode == 0, finished.stderr
    kind, fault, said = finished.stdout.strip().split("|")
    assert (kind, fault) == ("IOException", "forbidden")
    assert "may not read or write what the message names" in said
    assert "chown -R" in said and str(tmp_path) in said


def test_a_published_folder_that_may_not_be_written_keeps_its_snapshot(tmp_path: Path) -> None:
    preexec = rights_apply()
    shop = ready_shop(tmp_path)
    first = shop.publish()
    shop.published.chmod(0o555)
    try:
        # The folder's mode is set anew by its owner; what is in it keeps its own.
        first.path.chmod(0o555)
        (shop.published / ".lock").chmod(0o400)
        finished = python(PUBLISH, tmp_path, preexec=preexec)
    finally:
        shop.published.chmod(0o755)
        (shop.published / ".lock").chmod(0o600)
    assert finished.stdout.startswith("refused|"), finished.stdout + finished.stderr
    assert damage(first.path) == []
    assert (shop.published / "current").resolve() == first.path
    assert shop.publish().path.name.startswith("v000002-")


def test_a_home_that_may_not_be_written_ends_in_a_sentence_with_what_to_do(tmp_path: Path) -> None:
    preexec = rights_apply()
    home = tmp_path / "home"
    home.mkdir(mode=0o555)
    finished = python(REFRESH, "refresh", "--home", home, preexec=preexec, environment={"NO_COLOR": "1"})
    assert finished.returncode == 1
    message = " ".join(finished.stderr.split())
    assert "Traceback" not in message
    assert "The refresh broke off: [Errno 13] Permission denied" in message
    assert "Readers still see the last good snapshot." in message
    assert "chown -R" in message and str(home) in message
    assert list(home.iterdir()) == []
