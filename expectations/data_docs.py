"""Where Data Docs are written, and how they are made to read well without a network. Runs no expectation.

The pages Great Expectations writes ask the internet for style sheets and scripts, and its index is drawn by them: offline it is
blank. The references are taken out, a style sheet of our own is put in, and the index is written here, with no script at all.
"""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from expectations.suites import Stage
from reading.check_results import CheckResult

SITE_NAME = "data_docs"

_STYLE_SHEET = Path(__file__).with_name("data_docs.css")
_BUILT = ("expectations", "validations", "static")
_REMOTE = re.compile(
    r'<script[^>]*\ssrc="https?://[^>]*>\s*</script>|<link[^>]*\shref="https?://[^>]*>|<img[^>]*\ssrc="https?://[^>]*>'
    r"|<link[^>]*\srel=\"shortcut icon\"[^>]*>|<footer>.*?</footer>|url\('https?://[^)]*\)",
    re.DOTALL,
)
_BRAND = re.compile(r'(<div class="[^"]*navbar-brand[^"]*">\s*<a href="[^"]*">)\s*(</a>)')
# A suite has no page: one of results says what it expects, too.
_SUITE_LINK = re.compile(r'<a href="[^"]*/expectations/[^"]*"[^>]*>([^<]*)</a>')
_SIGNS: Mapping[str, str] = {"passed": "✔", "failed": "✘", "error": "⚠"}
_ORDER: Mapping[str, int] = {"error": 0, "failed": 1, "passed": 2}


def site_configuration(folder: Path) -> Any:
    """The configuration of the static site that Great Expectations writes into ``folder``."""
    return {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "site_section_builders": {"profiling": "None", "expectations": "None"},
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
    }


def remove_pages(folder: Path) -> None:
    """Remove the pages of an earlier run from ``folder``, and nothing else: Data Docs show the newest run."""
    for name in _BUILT:
        shutil.rmtree(folder / name, ignore_errors=True)


def finish_pages(folder: Path, stage: Stage, results: Sequence[CheckResult]) -> None:
    """Make the pages in ``folder`` readable offline and write an index of ``results`` over them."""
    shutil.rmtree(folder / "static", ignore_errors=True)
    shutil.copyfile(_STYLE_SHEET, folder / _STYLE_SHEET.name)
    for page in folder.rglob("*.html"):
        root = "../" * (len(page.relative_to(folder).parts) - 1)
        page.write_text(offline_page(page.read_text(encoding="utf-8"), root), encoding="utf-8")
    (folder / "index.html").write_text(index_page(stage, results, _pages_by_subject(folder, results)), encoding="utf-8")


def offline_page(page: str, root: str) -> str:
    """``page`` without what it loads from elsewhere, styled by the style sheet in the folder ``root``."""
    local = _BRAND.sub(r"\1Data Docs\2", _SUITE_LINK.sub(r"\1", _REMOTE.sub("", page)))
    return local.replace("</head>", f'<link rel="stylesheet" href="{root}{_STYLE_SHEET.name}">\n</head>', 1)


def _pages_by_subject(folder: Path, results: Sequence[CheckResult]) -> dict[str, str]:
    """The page of each subject's results, relative to ``folder``. A dot in a suite's name is a folder in its path."""
    subjects = dict.fromkeys(result.subject for result in results)
    pages = {subject: sorted((folder / "validations" / subject.replace(".", "/")).rglob("*.html")) for subject in subjects}
    return {subject: found[-1].relative_to(folder).as_posix() for subject, found in pages.items() if found}


def index_page(stage: Stage, results: Sequence[CheckResult], pages: dict[str, str]) -> str:
    """The index: first what is wrong, in the words of the messages, then every table with how many of its rules hold."""
    wrong = sorted((result for result in results if result.status != "passed"), key=_urgency)
    subjects = dict.fromkeys(result.subject for result in results)
    counts = {status: sum(result.status == status for result in results) for status in _ORDER}
    findings = "\n".join(
        f'<tr><td class="{result.status}">{_SIGNS[result.status]} {result.status}</td><td>{result.severity}</td>'
        f"<td>{_linked(result.subject, pages)}</td><td><span class=badge>{html.escape(result.rule)}</span></td>"
        f"<td>{html.escape(result.message)}</td></tr>"
        for result in wrong
    )
    tables = "\n".join(_subject_row(subject, [result for result in results if result.subject == subject], pages) for subject in subjects)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Data Docs: {stage}</title>
<link rel="stylesheet" href="{_STYLE_SHEET.name}">
</head>
<body>
<nav class="navbar border-bottom"><span class="navbar-brand">Data Docs</span></nav>
<div class="container-fluid">
<h1>{stage.capitalize()} expectations</h1>
<p class="lead">{len(results):,} rules on {len(subjects):,} tables: {counts["passed"]:,} hold, {counts["failed"]:,} are broken,
{counts["error"]:,} could not be checked.</p>
{_table(("Status", "Severity", "Table", "Rule", "What is wrong"), findings) if wrong else "<p class=passed>✔ Every rule holds.</p>"}
<h4>Tables</h4>
{_table(("Status", "Table", "Rules that hold", "Rows that break a rule"), tables)}
</div>
</body>
</html>
"""


def _urgency(result: CheckResult) -> tuple[bool, int, str, str]:
    return (result.severity != "critical", _ORDER[result.status], result.subject, result.rule)


def _subject_row(subject: str, results: Sequence[CheckResult], pages: dict[str, str]) -> str:
    worst = min((result.status for result in results), key=_ORDER.__getitem__)
    holding = sum(result.status == "passed" for result in results)
    rows = sum(result.rows_failed or 0 for result in results)
    return (
        f'<tr><td class="{worst}">{_SIGNS[worst]} {worst}</td><td>{_linked(subject, pages)}</td>'
        f'<td class="number">{holding} of {len(results)}</td><td class="number">{rows:,}</td></tr>'
    )


def _linked(subject: str, pages: dict[str, str]) -> str:
    name = html.escape(subject)
    return f'<a href="{html.escape(pages[subject])}">{name}</a>' if subject in pages else name


def _table(headings: Sequence[str], rows: str) -> str:
    return f"<table><thead><tr>{''.join(f'<th>{heading}</th>' for heading in headings)}</tr></thead><tbody>{rows}</tbody></table>"
