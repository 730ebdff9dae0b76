"""Spares dbt a set of all macros for each thing that it renders: some 750 objects, several times a node, of which it calls a few.

Here they are made once, and each finds out when it is called for whom. A patch, of runs of a project that is parsed already: while it
parses, dbt learns from its own objects who depends on which macro. tests/unit/orchestration/runs/test_shared_macros.py watches it.
"""

from __future__ import annotations

from typing import Any

from dbt.clients.jinja import MacroGenerator
from dbt.context import macros
from jinja2 import pass_context
from jinja2.runtime import Context

_build: Any = macros.MacroNamespaceBuilder.build_namespace


class _SharedMacro(MacroGenerator):
    """A macro that belongs to no context: it runs in the one that it is called from."""

    @pass_context
    def __call__(self, caller: Context, /, *arguments: Any, **options: Any) -> Any:
        context: dict[str, Any] = caller.parent["context"]
        return MacroGenerator(self.macro, context, None, context["context_macro_stack"])(*arguments, **options)


class _SharedNamespace(dict[str, Any]):
    """dbt's namespace of a package, resolved: what each name means is looked up once."""

    def __init__(self, built: macros.MacroNamespace) -> None:
        super().__init__(built)
        self.get_from_package = built.get_from_package


def share_macros() -> None:
    """From here on, in this process: the macros must not change any more."""
    shared: dict[str, _SharedNamespace] = {}

    def namespace(builder: macros.MacroNamespaceBuilder, macros_by_package: Any, context: dict[str, Any]) -> _SharedNamespace:
        if builder.search_package not in shared:
            shared[builder.search_package] = _SharedNamespace(_build(builder, macros_by_package, context))
        return shared[builder.search_package]

    patched: Any = macros
    patched.MacroGenerator = _SharedMacro
    patched.MacroNamespaceBuilder.build_namespace = namespace
