"""``aftersales report``: what is published, as one HTML file that can be mailed."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from command_line.shared import HomeOption, failed, home_folder, output_console, reading_snapshot


class Language(StrEnum):
    """In which language the report opens."""

    ENGLISH = "en"
    CHINESE = "zh"


def report(
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="Where it goes; a file of that name is replaced.")] = Path("report.html"),
    language: Annotated[Language, typer.Option("--language", help="In which language it opens; it holds both.")] = Language.ENGLISH,
    home: HomeOption = None,
) -> None:
    """Write the newest month as one HTML file: headlines, families, what moved them. It opens from disk and asks nobody for anything.

    Example: aftersales report --to november.html --language zh
    """
    from orchestration.publishing.reports import write_report
    from portal.report.page import report_of

    with reading_snapshot(home_folder(home)) as snapshot:
        written = report_of(snapshot, language=language)
    try:
        write_report(written, to)
    except OSError as error:
        raise failed(f"The report cannot be written: {error}.") from error
    output_console().print(f"{to}: snapshot {snapshot.manifest.version}", markup=False, soft_wrap=True)
