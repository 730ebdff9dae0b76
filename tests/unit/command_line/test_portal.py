"""``aftersales portal`` serves what is published, on this machine and reporting to nobody, or says what keeps it from that."""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.web import bootstrap

Run = Callable[..., Any]
Served = list[tuple[list[str], dict[str, object]]]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Served:
    """What the web server was started with; it is not."""
    started: Served = []
    monkeypatch.setattr(bootstrap, "load_config_options", lambda options: None)
    monkeypatch.setattr(bootstrap, "run", lambda script, is_hello, arguments, options: started.append((arguments, options)))
    return started


def test_it_serves_the_published_folder_to_this_machine_and_reports_to_nobody(run: Run, published_home: Any, served: Served) -> None:
    result = run("portal", "--home", published_home.root, "--port", "8765")
    assert result.exit_code == 0, result.output
    assert "http://localhost:8765" in result.stdout
    ((arguments, options),) = served
    assert arguments == [str(published_home.published)]
    assert options["server_address"] == "127.0.0.1"
    assert options["server_port"] == 8765
    assert options["browser_gatherUsageStats"] is False


def test_without_streamlit_it_says_how_to_get_it(run: Run, published_home: Any, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    result = run("portal", "--home", published_home.root)
    assert (result.exit_code, served) == (1, [])
    assert "make portal" in result.stderr


def test_a_port_that_is_taken_is_said_to_be_and_another_proposed(run: Run, published_home: Any, served: Served) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = run("portal", "--home", published_home.root, "--port", str(port))
    assert (result.exit_code, served) == (1, [])
    assert f"--port {port + 1}" in result.stderr


def test_where_nothing_is_published_it_says_so_and_serves_nothing(run: Run, tmp_path: Path, served: Served) -> None:
    result = run("portal", "--home", tmp_path)
    assert (result.exit_code, served) == (1, [])
    assert "Nothing has been published" in result.stderr
