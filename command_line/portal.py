"""``aftersales portal``: serves the web page for BI users on this machine until it is stopped."""

from __future__ import annotations

import importlib.util
import socket
from typing import Annotated

import typer

from command_line.shared import HomeOption, error_console, failed, home_folder, output_console, reading_snapshot


def portal(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Where it listens.")] = 8501,
    address: Annotated[
        str, typer.Option("--address", help="On which address; 0.0.0.0 shows it to everybody who reaches this machine.")
    ] = "127.0.0.1",
    home: HomeOption = None,
) -> None:
    """Open the marts in a web browser: headline KPIs, every family, merchants, agents, data quality. In English and Chinese.

    Example: aftersales portal --port 8501
    """
    if importlib.util.find_spec("streamlit") is None:
        raise failed(
            "The portal needs Streamlit, which is not installed. Run: make portal (or install the extra: pip install -e '.[portal]')"
        )
    place = home_folder(home)
    with reading_snapshot(place) as snapshot:
        version = snapshot.manifest.version
    with socket.socket() as probe:
        if probe.connect_ex((address, port)) == 0:
            raise failed(f"Something else listens on {address}:{port}. Give another port: aftersales portal --port {port + 1}")
    output_console().print(f"Snapshot {version}. Open http://{'localhost' if address == '127.0.0.1' else address}:{port}", markup=False)
    error_console().print("Stop it with Ctrl-C.")

    from portal.serving import serve  # imports Streamlit

    serve(place.published, address=address, port=port)
