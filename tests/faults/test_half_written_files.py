"""Files that a killed refresh left half written are made anew by the next one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestration.home import Home
from orchestration.project import PROJECT_ROOT
from orchestration.runs import dbt_command_line as project
from orchestration.runs.refresh import prepare_home


class Dbt:
    """Stands where dbt stands: writes a manifest when it is asked to parse, and counts."""

    def __init__(self, target: Path) -> None:
        self.manifest = target / "manifest.json"
        self.parses = 0

    def cli(self, *_: object, **__: object) -> Any:
        self.parses += 1
        self.manifest.write_text('{"nodes": {}}', encoding="utf-8")
        self.manifest.with_name("partial_parse.msgpack").touch()
        return self

    def wait(self) -> Any:
        return self

    def get_error(self) -> None:
        return None


@pytest.mark.parametrize(
    ("harm", "parses"),
    [
        (lambda manifest: None, 1),
        (lambda manifest: manifest.write_text(""), 2),
        (lambda manifest: manifest.write_text('{"nodes": {'), 2),
        (lambda manifest: manifest.unlink(), 2),
    ],
    ids=["whole", "emptied", "cut off", "gone"],
)
def test_a_manifest_that_was_not_written_to_its_end_is_parsed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: Callable[[Path], None], parses: int
) -> None:
    home = Home(tmp_path)
    home.dbt_target.mkdir()
    dbt = Dbt(home.dbt_target)
    monkeypatch.setattr(project, "dbt_command_line", lambda _: dbt)
    project.parsed_manifest(home)
    harm(dbt.manifest)
    assert project.parsed_manifest(home).read_text(encoding="utf-8") == '{"nodes": {}}'
    assert dbt.parses == parses


def test_the_instance_settings_are_there_in_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("AFTERSALES_HOME", "DAGSTER_HOME"):
        monkeypatch.setenv(variable, "")
    home = Home(tmp_path / "home")

    def killed(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:10])
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("orchestration.runs.refresh.shutil.copyfile", killed)
        with pytest.raises(KeyboardInterrupt):
            prepare_home(home)
    assert not (home.dagster / "dagster.yaml").exists()
    prepare_home(home)
    assert (home.dagster / "dagster.yaml").read_bytes() == (PROJECT_ROOT / "orchestration" / "dagster.yaml").read_bytes()
