"""Which tests go to one test process together: those of a file, and those of all files that start from the same shared home."""

from functools import cache
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

# Fixtures that are made once for all test processes; a second process that needed one would only wait for it.
SHARED_HOMES = ("real_home", "shop_home", "small_home", "reduced_home")


class SharedHomeScheduling(LoadScopeScheduling):
    """Gives a file to one test process, and files that name the same shared home to the same one."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return _shared_home(self.config.rootpath / file) or file


@cache
def _shared_home(file: Path) -> str | None:
    text = file.read_text(encoding="utf-8")
    return next((home for home in SHARED_HOMES if home in text), None)
