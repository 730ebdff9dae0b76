"""Keeps what dbt's templates were compiled to: macros, models and tests, together 1.5 CPU seconds of each build that finds them.

What is kept is found by the template's own text and kind, so that it never grows old; other versions of what makes it or reads it put it
aside. A patch, which tests/unit/orchestration/runs/test_compiled_templates.py watches.
"""

from __future__ import annotations

import hashlib
import marshal
import sys
from importlib.metadata import version
from pathlib import Path
from types import CodeType
from typing import Any

from dbt_common.clients.jinja import MacroFuzzEnvironment

from orchestration.runs.parsed_project import TEMPLATES

_compile: Any = MacroFuzzEnvironment.compile


class CompiledTemplates:
    """What is kept in dbt's folder ``target``, and what was compiled since."""

    def __init__(self, target: Path) -> None:
        self._file = target / TEMPLATES
        self._compiled = self._kept()
        self._known = len(self._compiled)

    def use(self) -> None:
        """From here on, in this process, compile only what nobody compiled before."""
        compiled = self._compiled

        def compile_once(environment: Any, source: Any, *arguments: Any, **options: Any) -> Any:
            if arguments or options or not isinstance(source, str):
                return _compile(environment, source, *arguments, **options)
            key = hashlib.blake2b(f"{type(environment).__name__}|{source}".encode(), digest_size=16).digest()
            if key not in compiled:
                compiled[key] = _compile(environment, source)
            return compiled[key]

        patched: Any = MacroFuzzEnvironment
        patched.compile = compile_once

    def keep(self) -> None:
        """Keep all of it for the processes that follow. A process that is killed leaves what was kept before."""
        if len(self._compiled) > self._known:
            draft = self._file.with_suffix(".new")
            draft.write_bytes(marshal.dumps((_made_by(), self._compiled)))
            draft.replace(self._file)

    def _kept(self) -> dict[bytes, CodeType]:
        try:
            made_by, compiled = marshal.loads(self._file.read_bytes())
        except (OSError, ValueError, EOFError, TypeError):
            return {}
        return compiled if made_by == _made_by() else {}


def _made_by() -> str:
    return f"{sys.version} {version('jinja2')} {version('dbt-common')}"
