"""dbt as a refresh starts it: ``python -m orchestration.runs.dbt_process TARGET ARGUMENTS``. It ends when the refresh does.

TARGET is the folder of dbt's artefacts. The project as it was parsed there is taken over when it is still the same.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from orchestration.home import Home
from orchestration.runs.child_processes import end_with_parent
from orchestration.runs.parsed_project import ParsedProject
from orchestration.settings import PROJECT_FINGERPRINT, engine

if __name__ == "__main__":
    end_with_parent()
    from dbt.cli.main import cli

    from orchestration.runs.compiled_templates import CompiledTemplates
    from orchestration.runs.shared_macros import share_macros
    from orchestration.runs.spared_work import spare_repeated_work
    from orchestration.runs.unheard_events import spare_unheard_events
    from orchestration.runs.written_artifacts import spare_unread_artifacts, write_artifacts_at_once

    spare_unheard_events()
    spare_repeated_work()
    write_artifacts_at_once()
    target = Path(sys.argv.pop(1))
    parsed, templates = ParsedProject(target), CompiledTemplates(target)
    templates.use()
    taken_over = None
    if "parse" not in sys.argv and parsed.is_of(PROJECT_FINGERPRINT.text):
        taken_over = parsed.manifest()
        share_macros()
        # It stays to the end: each collection would go through all of it.
        gc.freeze()
    else:
        # dbt parses by itself, and replaces the artefacts beside what is kept.
        parsed.forget()
    # What a build would write is what lies there; others write what they compiled.
    spare_unread_artifacts(manifest_stands=taken_over is not None and "build" in sys.argv)
    if engine() == "spark" and "parse" not in sys.argv:
        from orchestration.spark.session import have_dbt_use, open_session, tables_folder

        home = Home.from_environment()
        have_dbt_use(open_session(home), tables_folder(home))
    try:
        cli(prog_name="dbt", obj={"manifest": taken_over})
    finally:
        templates.keep()
