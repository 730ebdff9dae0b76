"""What dbt's templates were compiled to is taken over by the next process, says the same, and is made anew where nobody can read it."""

import marshal
from pathlib import Path
from typing import Any

import pytest
from dbt_common.clients import jinja

from orchestration.runs import compiled_templates
from orchestration.runs.compiled_templates import CompiledTemplates
from orchestration.runs.parsed_project import TEMPLATES

TEXT = "{% set twice = who ~ who %}{{ twice }}, {{ 1 + 1 }}"


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were compiled in this test; what was patched is undone after it."""
    texts: list[str] = []
    plain: Any = jinja.MacroFuzzEnvironment.compile

    def noted(environment: Any, source: str) -> Any:
        texts.append(source)
        return plain(environment, source)

    monkeypatch.setattr(jinja.MacroFuzzEnvironment, "compile", plain)
    monkeypatch.setattr(compiled_templates, "_compile", noted)
    return texts


def said(who: str, *, native: bool = False) -> object:
    context = {"who": who}
    return jinja.render_template(jinja.get_template(TEXT, context, native=native), context)


def test_a_text_is_compiled_once_a_kind_and_for_all_processes(compiled: list[str], tmp_path: Path) -> None:
    as_before = [said("Ann"), said("7", native=True)]
    assert as_before == ["AnnAnn, 2", "77, 2"]

    templates = CompiledTemplates(tmp_path)
    templates.use()
    assert [said("Ann"), said("7", native=True), said("Ann")] == [*as_before, as_before[0]]
    # To a native template the same text is another program.
    assert compiled == [TEXT, TEXT]
    templates.keep()

    CompiledTemplates(tmp_path).use()
    assert [said("Ann"), said("7", native=True), said("Bo")] == [*as_before, "BoBo, 2"]
    assert len(compiled) == 2


def test_a_text_that_cannot_be_compiled_is_told_each_time(compiled: list[str], tmp_path: Path) -> None:
    templates = CompiledTemplates(tmp_path)
    templates.use()
    for _ in range(2):
        with pytest.raises(jinja.CompilationError, match="unexpected"):
            jinja.get_template("{{ 1 + }}", {})
    templates.keep()
    assert not (tmp_path / TEMPLATES).exists()


@pytest.mark.parametrize(
    "kept", [b"", b"half", marshal.dumps(("another Python", {})), marshal.dumps(7)], ids=["empty", "half", "other", "odd"]
)
def test_what_cannot_be_understood_is_made_anew(compiled: list[str], tmp_path: Path, kept: bytes) -> None:
    (tmp_path / TEMPLATES).write_bytes(kept)
    templates = CompiledTemplates(tmp_path)
    templates.use()
    assert said("Ann") == "AnnAnn, 2"
    templates.keep()
    CompiledTemplates(tmp_path).use()
    assert said("Ann") == "AnnAnn, 2"
    assert compiled == [TEXT]
