"""The series that are foretold day by day. A series is called by what it counts; its past is a KPI of the scoreboard."""

from __future__ import annotations

from collections.abc import Mapping

# Series of the mart forecast_daily, and the KPI whose days it goes on from.
PAST: Mapping[str, str] = {"tickets": "ticket_count", "requests": "request_count"}
EVERYTHING = "overall"
