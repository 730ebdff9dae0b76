"""Starts the web server of the portal. It answers on this machine only, asks no other machine for anything and reports to nobody."""

from __future__ import annotations

from pathlib import Path

# Given at the start and not by a file, so that they hold wherever the command is called from.
_SETTINGS: dict[str, object] = {
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "viewer",
    # Collecting all garbage after each run of a page was three quarters of the server's time with twenty people at once.
    "runner.postScriptGC": False,
    "server.fileWatcherType": "none",
    "server.headless": True,
    # Titles are sentences, and long.
    "theme.headingFontSizes": ["2.25rem", "1.5rem", "1.25rem"],
    "theme.metricValueFontSize": "1.75rem",
    "theme.paddingTop": "1rem",
    "theme.light.primaryColor": "#005A8C",
    "theme.light.linkColor": "#005A8C",
    # What is said in passing is paler than the text; with a lighter text it would be too pale to be read by everybody.
    "theme.light.textColor": "#0a0a0a",
    "theme.dark.primaryColor": "#7CC4F0",
    "theme.dark.linkColor": "#7CC4F0",
}


def serve(published: Path, *, address: str, port: int) -> None:
    """Serve the pages until the process is ended. Raises ``ImportError`` where the extra ``portal`` is not installed."""
    from streamlit.web import bootstrap

    settings = _SETTINGS | {"server.address": address, "server.port": port}
    options = {name.replace(".", "_"): value for name, value in settings.items()}
    bootstrap.load_config_options(options)
    bootstrap.run(str(Path(__file__).with_name("app.py")), False, [str(published)], options)
