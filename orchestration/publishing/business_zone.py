"""The business time zone outside dbt: the same environment variable, else the same dbt variable."""

from __future__ import annotations

import os
from pathlib import Path

import yaml

from orchestration.home import PROJECT_ROOT

ZONE_VARIABLE = "AFTERSALES_BUSINESS_TIME_ZONE"


def business_time_zone(project_file: Path = PROJECT_ROOT / "dbt_project.yml") -> str:
    """The zone in which KPIs have their dates, as the macro ``business_time_zone`` resolves it: an empty variable is no default."""
    if ZONE_VARIABLE in os.environ:
        return os.environ[ZONE_VARIABLE]
    project = yaml.safe_load(project_file.read_text(encoding="utf-8"))
    return str(project["vars"]["business_time_zone"])
