"""Finds the extracts of a source in the landing zone: which file belongs to which feed, and which is left alone.

Looks at names, sizes and times only; opens no file.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from orchestration.loading.declarations import FeedDeclaration, SourceDeclaration
from orchestration.loading.declared_meta import FORMATS, Format
from orchestration.loading.globs import glob_pattern
from orchestration.loading.replacing import CORRECTS

_UNFINISHED = (".tmp", ".part")
SPREADSHEETS = (".xlsx", ".xls", ".xlsb", ".ods")
# Control characters, what is not seen, ends lines or turns the direction of writing, what is no UTF-8: a name with them can forge lines
# of a log and play with a terminal. A backslash separates folders for DuckDB where a name also holds *, ? or [.
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ud800-\udfff\\]")
_DOCUMENTS = ("json", "json.gz")
# Files older than this are not watched for growth before they are read (growth while reading is noticed anyway).
_RECENT_SECONDS = 60.0
# How long fresh files are watched, all together, before they are read.
SETTLE_SECONDS = 0.2


@dataclass(frozen=True, order=True)
class FileState:
    """What ``stat`` says of a file; any change of it means the content may have changed."""

    byte_count: int
    modified_ns: int
    inode: int


@dataclass(frozen=True)
class LandedFile:
    """A file of the landing zone that a feed claims."""

    feed: FeedDeclaration
    path: Path  # as found
    name: str  # relative to the landing zone, with forward slashes
    file_format: Format | None  # None: no ending that the loader knows
    state: FileState | None  # None: cannot be looked at
    problem: str | None = None  # why it must not be opened
    is_within: bool = False  # it is a file of the feed whose records hold those of this one
    readers: tuple[str, ...] = ()  # the feeds that read it, where they are several


@dataclass
class Discovery:
    """The landed files of a source in delivery order, and what was left aside."""

    files: list[LandedFile] = field(default_factory=list[LandedFile])
    unfinished: dict[str, str] = field(default_factory=dict[str, str])
    unclaimed: dict[Path, str] = field(default_factory=dict[Path, str])


def file_state(path: Path) -> FileState:
    """The state of a file now. Raises OSError when it cannot be looked at."""
    found = path.stat()
    return FileState(found.st_size, found.st_mtime_ns, found.st_ino)


def natural_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key by which ``part-2`` comes before ``part-10``."""
    return tuple((0, int(part), part) if part.isdigit() else (1, 0, part) for part in re.findall(r"[0-9]+|[^0-9]+", name))


def format_of(file_name: str) -> Format | None:
    """The format that a file's ending names."""
    lowered = file_name.lower()
    return next((known for known in FORMATS if lowered.endswith(f".{known}")), None)


def discover(source: SourceDeclaration, landing: Path) -> Discovery:
    """The files of ``landing/<source>`` that are complete, in the order in which they count as delivered."""
    folder = landing / source.name
    root = landing.resolve()
    found = Discovery()
    claimed: list[tuple[FeedDeclaration, Path, tuple[str, ...]]] = []
    for path in _files_below(folder):
        relative = path.relative_to(folder)
        if any(part.startswith(".") for part in relative.parts):
            continue
        feed = _feed_of(source, relative)
        if path.name.lower().endswith(_UNFINISHED):
            found.unfinished[_shown(path, landing)] = "its name says it is still being written; it is read once it is renamed"
        elif feed is None:
            linked = "is a link to a folder, which is not followed; put the files themselves there"
            found.unclaimed[path] = linked if path.is_dir() else why_unclaimed(source, relative)
        else:
            held = _held_by(source, feed, path.name)
            readers = tuple(each.name for each in (feed, *held)) if held else ()
            claimed += [(each, path, readers) for each in (feed, *held)]
    landed = [
        replace(_landed(feed, path, landing, root), is_within=bool(readers) and feed.name != readers[0], readers=readers)
        for feed, path, readers in claimed
    ]
    now = time.time()
    fresh = [file for file in landed if file.state is not None and abs(now - file.state.modified_ns / 1e9) < _RECENT_SECONDS]
    if fresh and SETTLE_SECONDS > 0:
        time.sleep(SETTLE_SECONDS)
    for file in fresh:
        try:
            changed = file_state(file.path) != file.state
        except OSError:
            changed = True
        if changed:
            found.unfinished[file.name] = "it is still being written (size or time changed while it was watched); the next run reads it"
    landed = [file for file in landed if file.name not in found.unfinished]
    found.files = sorted(landed, key=lambda file: (natural_order(file.path.name), natural_order(file.name)))
    return found


def is_within(source: SourceDeclaration, feed: FeedDeclaration, name: str) -> bool:
    """Whether a file of ``feed``, named as in the ledger, is one of the feed whose records hold those of this one."""
    return feed.within is not None and _feed_of(source, Path(name.partition("/")[2])) is not feed


def format_for(feed: FeedDeclaration, file_name: str) -> Format | None:
    """The format in which a file of ``feed`` is read: the declared one, or by its ending. Documents are often named json."""
    known = feed.format or format_of(file_name)
    if known is None and feed.unfolds:
        return "jsonl" if file_name.lower().endswith(".json") else "jsonl.gz" if file_name.lower().endswith(".json.gz") else None
    return known


def _held_by(source: SourceDeclaration, feed: FeedDeclaration, file_name: str) -> list[FeedDeclaration]:
    """The feeds whose records stand within those of a file of ``feed``. Exported rejects are of one feed alone."""
    if not (format_for(feed, file_name) or "").startswith("jsonl") or re.search(CORRECTS, file_name):
        return []
    return [each for each in source.feeds.values() if each.within == feed.name]


def why_unclaimed(source: SourceDeclaration, relative: Path) -> str:
    """What keeps a file out of every feed of ``source``, and what to do."""
    named = format_of(relative.name)
    for feed in source.feeds.values():
        for glob in feed.globs:
            glob_format = format_of(glob)
            stem = _without_ending(relative.as_posix(), named)
            if glob_format is None or not _matches(Path(f"{stem}.{glob_format}"), glob):
                continue
            if named is None:
                return _no_format(feed, relative)
            other = f"{glob[: -len(glob_format)]}{named}"
            return f"is {named} by its name, and feed '{feed.name}' takes {glob}: globs decide by name and format; declare {other} too"
    named_after = [feed for feed in source.feeds.values() if _is_named_after(feed, relative)]
    if named_after:
        feed = max(named_after, key=lambda each: len(each.name))
        if not feed.globs:
            return _no_format(feed, relative)
        globs = ", ".join(feed.globs)
        return f"is named after feed '{feed.name}', which declares globs in place of such names ({globs}); declare one that matches it"
    return f"belongs to no feed of source '{source.name}'; name it after its feed, or declare a glob that matches it"


def _no_format(feed: FeedDeclaration, relative: Path) -> str:
    endings = ", ".join(FORMATS)
    told = " (aftersales sheet FILE makes CSV of it)" if relative.suffix.lower() in SPREADSHEETS else ""
    belongs = f"would belong to feed '{feed.name}', but its ending names no format that is read ({endings})"
    return f"{belongs}; save it as one of them{told}"


def _without_ending(name: str, named: Format | None) -> str:
    return name[: -len(named) - 1] if named is not None else str(Path(name).with_suffix(""))


def _is_named_after(feed: FeedDeclaration, relative: Path) -> bool:
    if len(relative.parts) > 1:
        return relative.parts[0] == feed.name
    return re.fullmatch(rf"{re.escape(feed.name)}([._-].*)?", relative.name, re.IGNORECASE | re.DOTALL) is not None


def _files_below(folder: Path) -> Iterable[Path]:
    # A linked folder is not walked into. It is listed like a linked file, so that nobody waits in vain for what lies in it.
    for parent, folders, names in os.walk(folder):
        folders.sort()
        paths = [Path(parent) / name for name in names]
        yield from sorted([*paths, *(path for name in folders if (path := Path(parent) / name).is_symlink())])


def _landed(feed: FeedDeclaration, path: Path, landing: Path, root: Path) -> LandedFile:
    name = _shown(path, landing)
    file_format = format_for(feed, path.name)
    try:
        if _NOT_IN_NAMES.search(path.relative_to(landing).as_posix()):
            problem = "its name holds a control character, a backslash or something that is not UTF-8; rename it"
            return LandedFile(feed, path, name, file_format, None, problem)
        resolved = path.resolve(strict=True)
        if not resolved.is_relative_to(root):
            problem = "it is a link that leads out of the landing zone; put the file itself there"
            return LandedFile(feed, path, name, file_format, None, problem)
        if not resolved.is_file():
            return LandedFile(feed, path, name, file_format, None, "it is no ordinary file; put a file there")
        return LandedFile(feed, path, name, file_format, file_state(path))
    except OSError as error:
        return LandedFile(feed, path, name, file_format, None, f"it cannot be opened ({error.strerror}); check the link or the rights")
    except RuntimeError:
        # How Python before 3.13 says it.
        return LandedFile(feed, path, name, file_format, None, "it is a link that leads back to itself; put the file itself there")


def _shown(path: Path, landing: Path) -> str:
    return printable(path.relative_to(landing).as_posix())


def printable(text: str) -> str:
    """The text with what may not stand in a name spelled out: a line feed as ``\\n``."""
    return _NOT_IN_NAMES.sub(lambda found: repr(found.group())[1:-1], text)


def is_claimed(feed: FeedDeclaration, name: str) -> bool:
    """Whether a file, named as in the ledger, is one of the feed by its name."""
    return _claims(feed, Path(name.partition("/")[2]))


def _feed_of(source: SourceDeclaration, relative: Path) -> FeedDeclaration | None:
    """The feed that claims a file: by its globs, else by folder or name; the longest feed name wins."""
    matching = [feed for feed in source.feeds.values() if _claims(feed, relative)]
    return max(matching, key=lambda feed: (bool(feed.globs), len(feed.name)), default=None)


def _claims(feed: FeedDeclaration, relative: Path) -> bool:
    plain = Path(relative.name.removesuffix(".tmp").removesuffix(".part")) if len(relative.parts) == 1 else relative
    if feed.within is not None and relative.parts[0] == feed.name and re.search(CORRECTS, relative.name):
        return True
    if feed.globs:
        return any(_matches(relative, glob) or _matches(plain, glob) for glob in feed.globs)
    if len(relative.parts) > 1:
        return relative.parts[0] == feed.name and format_for(feed, relative.name) is not None
    return (
        re.fullmatch(
            rf"{re.escape(feed.name)}([._-].*)?\.({'|'.join(map(re.escape, [*FORMATS, *(_DOCUMENTS if feed.unfolds else ())]))})",
            relative.name,
            re.IGNORECASE | re.DOTALL,
        )
        is not None
    )


def _matches(relative: Path, glob: str) -> bool:
    return re.fullmatch(glob_pattern(glob), relative.as_posix(), re.DOTALL) is not None
