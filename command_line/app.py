"""Puts the commands of ``aftersales`` together. Each command is a module of this package."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

import typer
from typer.core import TyperGroup

from command_line.export import export
from command_line.kpi import kpi
from command_line.new_source import new_source
from command_line.portal import portal
from command_line.publish_postgres import publish_postgres
from command_line.rebuild import rebuild
from command_line.refresh import refresh
from command_line.rejects import rejects
from command_line.report import report
from command_line.rotate_key import rotate_key
from command_line.shared import misused
from command_line.sheet import sheet
from command_line.simulate import simulate
from command_line.sql import sql
from command_line.status import status
from command_line.try_file import try_file


class _Commands(TyperGroup):
    """The commands; a declaration that cannot be used is one message and code 2, whichever of them met it."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except ValueError as error:
            from orchestration.loading import DeclarationError  # the loader takes a moment to import

            if not isinstance(error, DeclarationError):
                raise
            raise misused(f"A declaration cannot be used. {error}") from error


def build_app() -> typer.Typer:
    """The command with all its subcommands."""
    app = typer.Typer(
        name="aftersales",
        cls=_Commands,
        help="After-sales service of a web shop, measured: from the shop's extracts to audited, published KPIs.\n\n"
        "A first look: aftersales simulate --out var/landing, then aftersales refresh, then aftersales kpi csat_rate.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.command()(simulate)
    app.command()(refresh)
    app.command()(rebuild)
    app.command()(status)
    app.command()(rejects)
    app.command("try")(try_file)
    app.command()(sheet)
    app.command()(new_source)
    app.command()(kpi)
    if importlib.util.find_spec("command_line.explain") is not None:
        app.command()(importlib.import_module("command_line.explain").explain)
    app.command()(sql)
    app.command()(export)
    app.command()(report)
    app.command()(portal)
    app.command()(publish_postgres)
    app.command()(rotate_key)
    return app


def main() -> None:
    """Run the command named on the command line."""
    build_app()()
