"""The key behind pseudonyms: found or made once, kept from others, and the same hash as Python's hmac."""

from __future__ import annotations

import hashlib
import hmac
import multiprocessing
import stat
from pathlib import Path

import pytest

from orchestration.connections import connected
from orchestration.publishing.customer_key import KEY_VARIABLE, CustomerKey, customer_key, pseudonym_expression
from orchestration.publishing.errors import CustomerKeyError


@pytest.fixture(autouse=True)
def _no_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)


@pytest.mark.parametrize("key_bytes", [16, 63, 64, 65, 200])
def test_the_sql_hash_equals_pythons_hmac(key_bytes: int) -> None:
    secret = bytes((7 * position + 3) % 256 for position in range(key_bytes))
    key = CustomerKey(secret, "")
    texts = ["contract:1", "", "contract:000", "olist:客户-7", "it's; drop table x --", "a" * 1_000, "€", None]
    with connected(":memory:") as connection:
        connection.execute("create table customers (place integer, customer_key text)")
        connection.executemany("insert into customers values (?, ?)", list(enumerate(texts)))
        rows = connection.execute(
            f"select {pseudonym_expression('customer_key')} from customers order by place", dict(key.sql_parameters)
        ).fetchall()
    expected = [None if text is None else hmac.new(secret, text.encode(), hashlib.sha256).hexdigest() for text in texts]
    assert [row[0] for row in rows] == expected


def test_the_environments_key_is_used_and_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "a key from the environment")
    key = customer_key(tmp_path / "customer_key")
    assert key.secret == b"a key from the environment"
    assert KEY_VARIABLE in key.message
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_made_once_readable_by_its_owner_alone_and_said_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    key_file = tmp_path / "home" / "customer_key"
    made = customer_key(key_file)
    found = customer_key(key_file)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert made.message.startswith(f"Made a new key for customer pseudonyms in {key_file} (mode 0600).")
    assert found.message == f"Customer pseudonyms use the key in {key_file}."
    assert made.secret == found.secret
    assert caplog.messages == [made.message]
    assert len(made.secret) == 64
    assert [path.name for path in key_file.parent.iterdir()] == ["customer_key"]


def test_two_homes_get_two_keys(tmp_path: Path) -> None:
    assert customer_key(tmp_path / "one").secret != customer_key(tmp_path / "two").secret


def _make_and_report(key_file: Path, barrier: object, answers: object) -> None:
    barrier.wait()  # type: ignore[attr-defined]
    answers.put(customer_key(key_file).secret)  # type: ignore[attr-defined]


def test_processes_that_make_the_key_at_once_agree_on_it(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(8), context.Queue()
    makers = [context.Process(target=_make_and_report, args=(tmp_path / "customer_key", barrier, answers)) for _ in range(8)]
    for maker in makers:
        maker.start()
    secrets = {answers.get(timeout=60) for _ in makers}
    for maker in makers:
        maker.join()
    assert len(secrets) == 1


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    key_file = tmp_path / "customer_key"
    customer_key(key_file)
    key_file.chmod(0o640)
    with pytest.raises(CustomerKeyError, match=r"mode 0640.*chmod 600"):
        customer_key(key_file)


def test_a_short_key_is_refused_wherever_it_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key_file = tmp_path / "customer_key"
    key_file.touch(mode=0o600)
    with pytest.raises(CustomerKeyError, match="holds 0 bytes"):
        customer_key(key_file)
    monkeypatch.setenv(KEY_VARIABLE, "short")
    with pytest.raises(CustomerKeyError, match="has 5 bytes"):
        customer_key(key_file)


def test_neither_repr_nor_message_shows_the_key(tmp_path: Path) -> None:
    key = customer_key(tmp_path / "customer_key")
    assert key.secret.decode() not in repr(key) + key.message


def test_the_key_id_tells_keys_apart_and_is_no_key() -> None:
    one, other = CustomerKey(b"k" * 32, ""), CustomerKey(b"l" * 32, "")
    assert one.key_id != other.key_id
    assert one.key_id == CustomerKey(b"k" * 32, "").key_id
    assert len(one.key_id) == 12
