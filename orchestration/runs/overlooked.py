"""What a refresh would pass over without a word: files that lie where no source looks, and staging views that nothing unites.

Looks at names only. Files in a source's own folder that no feed takes are told by the loader.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from orchestration.loading.declarations import sources_switched_off
from orchestration.loading.discovery import format_of, printable
from orchestration.loading.references import suggestion
from orchestration.project import project_variables


def overlooked(landing: Path, sources: Iterable[str], project_folder: Path) -> list[str]:
    """One line each, with what to do."""
    declared = list(sources)
    switched_off = set(sources_switched_off(project_folder / "models").values())
    return [*_strays(landing, declared, switched_off), *_views_without_a_place(project_folder, declared)]


def _strays(landing: Path, declared: list[str], switched_off: Collection[str]) -> Iterable[str]:
    if not landing.is_dir():
        return
    loose: list[str] = []
    for path in sorted(landing.iterdir()):
        if path.name.startswith(".") or path.name in declared:
            continue
        if not path.is_dir():
            if format_of(path.name) is not None:
                loose.append(printable(path.name))
            continue
        files = sum(1 for each in path.rglob("*") if each.is_file() and not each.name.startswith("."))
        name = printable(path.name)
        if files and path.name in switched_off:
            yield (
                f"{landing / name}: {files:,} {'file lies' if files == 1 else 'files lie'} there, and the source '{name}' "
                "is not switched on: add it to vars: source_systems of dbt_project.yml"
            )
        elif files:
            yield (
                f"{landing / name}: {files:,} {'file lies' if files == 1 else 'files lie'} there, and no source '{name}' is "
                f"declared{suggestion(name, declared)}: declare it in models/staging/{name}/_{name}__sources.yml, or move them into the "
                "folder of their source"
            )
    if loose:
        shown = ", ".join(loose[:3]) + (" …" if len(loose) > 3 else "")
        lie = "lies" if len(loose) == 1 else "lie"
        yield f"{landing}: {shown} {lie} in no folder of a source, such as {landing / declared[0]}; move them"


def _views_without_a_place(project_folder: Path, declared: list[str]) -> Iterable[str]:
    variables = project_variables(project_folder / "dbt_project.yml")
    united: list[str] = variables.get("source_systems") or []
    staged: Mapping[str, list[str]] = variables.get("staged_entities") or {}
    for source in declared:
        prefix = f"stg_{source}__"
        views = sorted(path.stem.removeprefix(prefix) for path in (project_folder / "models" / "staging").rglob(f"{prefix}*.sql"))
        if not views:
            continue
        if source not in united:
            yield (
                f"models/staging/{source}: its {len(views)} staging views are united with nothing, because '{source}' is not in "
                "vars: source_systems of dbt_project.yml; add it there, and its entities to staged_entities"
            )
            continue
        missing = [entity for entity in views if entity not in staged.get(source, [])]
        if missing:
            yield (
                f"models/staging/{source}: {', '.join(f'{prefix}{entity}' for entity in missing)} {'is' if len(missing) == 1 else 'are'} "
                f"united with nothing; add {', '.join(missing)} to vars: staged_entities: {source} of dbt_project.yml"
            )
