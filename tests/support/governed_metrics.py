"""Asks MetricFlow for figures, in a process of its own: its connection stays open as long as the process lives.

``python -m tests.support.governed_metrics PROJECT``, with questions as JSON on standard input; what it answers is JSON on standard output.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from dbt_metricflow.cli.cli_configuration import CLIConfiguration
from metricflow.engine.metricflow_engine import MetricFlowQueryRequest


def main() -> None:
    project, answers = Path(sys.argv[1]), sys.stdout
    # Both print what they do.
    sys.stdout = sys.stderr
    configuration = CLIConfiguration()
    configuration.setup(dbt_profiles_path=project, dbt_project_path=project, configure_file_logging=False)
    engine = configuration.mf
    told: list[list[list[object]]] = []
    for metric, groups in json.load(sys.stdin):
        result = engine.query(MetricFlowQueryRequest.create(metric_names=[metric], group_by_names=groups)).result_df
        assert result is not None
        told.append([[cell if isinstance(cell, float | str | None) else str(cell) for cell in row] for row in result.rows])
    json.dump(told, answers)


if __name__ == "__main__":
    main()
