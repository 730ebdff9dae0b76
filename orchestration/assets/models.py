"""The dbt models as assets. What dbt's tests say is kept in ``quality.check_results``; a failed one fails the step."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration.assets.extracts import WAREHOUSE_POOL
from orchestration.home import Home
from orchestration.resources import RefreshSettings
from orchestration.runs.check_records import dbt_test_records, record_check_results, resolved_as_of
from orchestration.runs.copies import make_up_for_copies
from orchestration.runs.dagster_and_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource, dbt_assets
from orchestration.runs.dbt_command_line import dbt_project
from orchestration.runs.faults import retried_when_transient
from orchestration.runs.last_failure import forget_failure
from orchestration.runs.open_alerts import tell_open_alerts
from orchestration.runs.unchanged import is_unchanged, seeds_stand
from orchestration.spark.building import hand_over, take_back

_TERMINATION_SECONDS = 10.0


class _FolderTranslator(DagsterDbtTranslator):
    """Shows a model under the folder that it lies in: its layer, and what it is about."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return "_".join(folder for folder in dbt_resource_props["fqn"][1:-1] if folder != "marts")


def model_assets(home: Home, manifest: Path) -> dg.AssetsDefinition:
    """Every seed, model and data test of the project, built by one ``dbt build``.

    Unit tests are left out: they test the code, not the data, and belong to the test suite.
    """

    # A check of Dagster's own per dbt test is three more events each, and made half of a small refresh's time.
    translator = _FolderTranslator(settings=DagsterDbtTranslatorSettings(enable_asset_checks=False))

    @dbt_assets(manifest=manifest, project=dbt_project(home), name="dbt_models", pool=WAREHOUSE_POOL, dagster_dbt_translator=translator)
    def dbt_models(context: dg.AssetExecutionContext, dbt: DbtCliResource, refresh: RefreshSettings) -> Iterator[Any]:
        with retried_when_transient(context):
            if is_unchanged(refresh):
                # Without an output of this step the ones after it are left out too: the snapshot that readers see stands.
                context.log.info("Nothing changed since the current snapshot was built.")
                forget_failure(refresh.home)
                # What could not be posted or copied then is now.
                _, trouble = tell_open_alerts(refresh.home)
                if trouble:
                    context.log.warning(trouble)
                for said in make_up_for_copies(refresh.home):
                    context.log.info(said)
                return
            target = refresh.home.dbt_target
            (target / "run_results.json").unlink(missing_ok=True)
            hand_over(refresh.home, run_id=context.run_id)
            invocation = dbt.cli(_build_arguments(refresh), context=context, target_path=target)
            try:
                for event in invocation.stream():
                    if not isinstance(event, dg.AssetObservation):
                        yield event
            finally:
                _end(invocation.process)
                take_back(refresh.home, run_id=context.run_id)
                record_check_results(
                    refresh.home.warehouse,
                    run_id=context.run_id,
                    stage="dbt",
                    as_of=resolved_as_of(refresh.home.warehouse),
                    records=dbt_test_records(target, refresh.home.warehouse),
                )

    return dbt_models


def _end(process: subprocess.Popen[bytes]) -> None:
    """See to it that dbt is gone: as long as it lives, it keeps the warehouse file locked."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=_TERMINATION_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _build_arguments(refresh: RefreshSettings) -> list[str]:
    arguments = ["build", "--exclude-resource-type", "unit_test"]
    if refresh.full:
        arguments.append("--full-refresh")
    if seeds_stand(refresh):
        # With their tests, which they passed.
        arguments += ["--exclude", "path:seeds"]
    if refresh.as_of_moment is not None:
        arguments += ["--vars", json.dumps({"as_of": refresh.as_of_moment.isoformat(sep=" ")})]
    return arguments
