"""Keeps the bytes of every loaded extract, so that the warehouse can be made again from them.

``archive/<source>/<feed>/<sha256>.<format>`` holds the bytes, ``archive/<source>/extracts.jsonl`` what the ledger says of each, one line
an extract. Files of the home's own landing zone are moved here; of any other landing zone they are copied, and nothing there is touched.
Decides neither what is loaded nor what may be removed.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from orchestration.loading.discovery import LandedFile, file_state

_INDEX = "extracts.jsonl"
_UNFINISHED = ".part"
_COPY_BYTES = 1 << 20
# Why a file cannot be taken out of the landing zone though its bytes can be read: another disk, or no right to its folder.
_CANNOT_MOVE = frozenset({errno.EXDEV, errno.EACCES, errno.EPERM, errno.EROFS})
# Why a file cannot have a second name: a disk that knows none, or too many of them.
_CANNOT_LINK = frozenset({errno.EPERM, errno.ENOTSUP, errno.EMLINK})


class ArchiveError(RuntimeError):
    """The archive is not what its index says. The message says what is wrong, where, and what to do."""


class ArchivedExtract(BaseModel):
    """A loaded extract as the ledger has it. ``first_delivered_at``: when its bytes came, where they were refused at first.

    ``removed_at`` (UTC): when retention took its bytes away. ``left_out_at`` (UTC): since when a rebuild goes without it, on purpose;
    its bytes are kept.
    """

    model_config = ConfigDict(frozen=True)

    extract_id: int
    run_id: str
    source_system: str
    feed: str
    file_name: str
    file_format: str
    sha256: str
    byte_count: int
    modified_ns: int | None
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    started_at: datetime
    finished_at: datetime
    first_delivered_at: datetime | None = None
    removed_at: datetime | None = None
    left_out_at: datetime | None = None

    @property
    def is_to_load(self) -> bool:
        """Whether a warehouse that does not have this extract is to load it."""
        return self.removed_at is None and self.left_out_at is None


class Archive:
    """The archive of a home, a folder for each source system."""

    def __init__(self, folder: Path, own_landing: Path | None = None) -> None:
        """Use ``folder``; files are moved out of ``own_landing`` and copied from everywhere else."""
        self._folder = folder
        self._own_landing = own_landing

    def takes_from(self, landing: Path) -> bool:
        """Whether files that were loaded from ``landing`` are taken out of it."""
        return self._own_landing is not None and landing.resolve() == self._own_landing.resolve()

    def of_source(self, source_system: str) -> SourceArchive:
        """The archive of one source system. Raises ``ArchiveError`` when its index cannot be read."""
        return SourceArchive(self._folder / source_system)

    def source_systems(self) -> list[str]:
        """The source systems of which something was archived."""
        return sorted(path.parent.name for path in self._folder.glob(f"*/{_INDEX}"))

    def last_extract_id(self) -> int:
        """The highest number that an archived extract of any source system has; 0 without one."""
        sources = [self.of_source(source_system) for source_system in self.source_systems()]
        return max((extract.extract_id for source in sources for extract in source.extracts), default=0)


class SourceArchive:
    """The archived extracts of one source system."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = folder / _INDEX
        self._extracts: dict[tuple[str, str], ArchivedExtract] = {}
        written = self._index.read_bytes() if self._index.exists() else b""
        # A full disk or a power cut may have left a line unfinished. Its bytes are found again by ``mend``.
        self._whole_bytes = written.rfind(b"\n") + 1
        for number, line in enumerate(written[: self._whole_bytes].splitlines(), start=1):
            try:
                extract = ArchivedExtract.model_validate_json(line)
            except ValidationError as error:
                raise ArchiveError(
                    f"{self._index}, line {number}, cannot be read: restore the file from a backup, or delete that line to do "
                    "without its extract"
                ) from error
            self._extracts[extract.feed, extract.sha256] = extract

    @property
    def extracts(self) -> list[ArchivedExtract]:
        """Every extract of the index, in the order of delivery."""
        return sorted(self._extracts.values(), key=lambda extract: extract.extract_id)

    @property
    def missing(self) -> list[ArchivedExtract]:
        """The extracts whose bytes a rebuild needs and which are not here."""
        return [extract for extract in self.extracts if extract.is_to_load and not self.path_of(extract).is_file()]

    def path_of(self, extract: ArchivedExtract) -> Path:
        """Where the bytes of an extract are, or were before they were removed."""
        return self.path_of_bytes(extract.feed, extract.sha256, extract.file_format)

    def path_of_bytes(self, feed: str, sha256: str, file_format: str) -> Path:
        """Where bytes that were loaded into a feed are kept."""
        return self._folder / feed / f"{sha256}.{file_format}"

    def find(self, feed: str, sha256: str) -> ArchivedExtract | None:
        """What the index says of these bytes, be it that they were removed or are left out."""
        return self._extracts.get((feed, sha256))

    def has(self, feed: str, sha256: str, extract_id: int) -> bool:
        """Whether the index answers for the extract of this number. A removal answers for the number under which it was loaded only."""
        extract = self.find(feed, sha256)
        return extract is not None and (extract.removed_at is None or extract.extract_id == extract_id)

    def holds(self, feed: str, sha256: str, extract_id: int) -> bool:
        """As ``has``, and the bytes are here unless they were removed."""
        extract = self.find(feed, sha256)
        if extract is None or not self.has(feed, sha256, extract_id):
            return False
        return extract.removed_at is not None or self.path_of(extract).is_file()

    def can_answer_for(self, feed: str, sha256: str) -> bool:
        """Whether a rebuild has these bytes, or goes without them for a reason: removed when replaced, or left out on purpose."""
        extract = self.find(feed, sha256)
        return extract is not None and (not extract.is_to_load or self.path_of(extract).is_file())

    def keep(self, file: LandedFile, extract: ArchivedExtract, *, is_moved: bool) -> str | None:
        """Keep the bytes of a handled file, which are those of ``extract``; with ``is_moved`` the landing zone loses it.

        Can be cut short anywhere and done again. Returns why nothing was kept: the file is not what was loaded any more.
        """
        try:
            if not self.holds(extract.feed, extract.sha256, extract.extract_id):
                place = self.path_of(extract)
                place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                if (
                    not self._is_linked(place, file.readers)
                    and not (is_moved and not file.readers and _is_moved(file, place))
                    and not _is_copied(file.path, place, extract.sha256)
                ):
                    return "it changed after it was loaded, and the archive lacks what was loaded of it: a rebuild would go without"
                # Bytes that were lost come back under the line that they have.
                if not self.has(extract.feed, extract.sha256, extract.extract_id):
                    self._note(extract)
            if is_moved:
                _take_out(file)
        except FileNotFoundError:
            if not self.holds(extract.feed, extract.sha256, extract.extract_id):
                return "it vanished after it was loaded, and the archive lacks it: a rebuild would go without"
        return None

    def mend(self, loaded_with: Callable[[str, str], ArchivedExtract | None]) -> None:
        """Note the bytes that a killed process moved here and did not note, and remove what it left half done.

        ``loaded_with`` finds the loaded extract of a feed by its hash.
        """
        for path in self._folder.glob("*/*"):
            feed, sha256 = path.parent.name, path.name.split(".")[0]
            known = self._extracts.get((feed, sha256))
            if path.name.endswith(_UNFINISHED) or (known is not None and known.removed_at is not None):
                path.unlink()
            elif known is None and (extract := loaded_with(feed, sha256)) is not None and self.path_of(extract) == path:
                self._note(extract)

    def remove(self, extract: ArchivedExtract, moment: datetime) -> None:
        """Take the bytes of an extract away and remember that."""
        self._note(extract.model_copy(update={"removed_at": moment}))
        self.path_of(extract).unlink(missing_ok=True)

    def leave_out(self, extract: ArchivedExtract, moment: datetime) -> None:
        """Remember that a rebuild goes without an extract from ``moment`` on. Its bytes stay; the first such moment counts."""
        noted = self.find(extract.feed, extract.sha256) or extract
        if noted.left_out_at is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._note(noted.model_copy(update={"left_out_at": moment}))

    def _is_linked(self, place: Path, readers: Sequence[str]) -> bool:
        """Share the bytes with another feed that read the same file. False: they have to be copied."""
        twins = (self._folder / reader / place.name for reader in readers)
        twin = next((path for path in twins if path != place and path.is_file()), None)
        if twin is None:
            return False
        try:
            place.hardlink_to(twin)
        except OSError as error:
            if error.errno in _CANNOT_LINK:
                return False
            raise
        return True

    def _note(self, extract: ArchivedExtract) -> None:
        """Add a line to the index; of an extract the last one counts."""
        line = extract.model_dump_json().encode() + b"\n"
        with self._index.open("ab") as index:
            if index.tell() != self._whole_bytes:
                index.truncate(self._whole_bytes)
            index.write(line)
        self._whole_bytes += len(line)
        self._extracts[extract.feed, extract.sha256] = extract


def _is_moved(file: LandedFile, place: Path) -> bool:
    """Rename the landed file to ``place``. False: it has to be copied."""
    try:
        # What another user owns could be changed by that user in the archive too.
        if file.path.lstat().st_uid != os.geteuid() or file.path.is_symlink():
            return False
        file.path.rename(place)
    except OSError as error:
        if error.errno in _CANNOT_MOVE:
            return False
        raise
    if file_state(place) == file.state:
        place.chmod(0o600)
        return True
    # Somebody put another file there since it was looked at. That one is not loaded yet and belongs into the landing zone,
    # unless a still newer one has taken its place.
    with suppress(FileExistsError):
        file.path.hardlink_to(place)
    place.unlink()
    return False


def _is_copied(path: Path, place: Path, sha256: str) -> bool:
    """Copy a landed file to ``place``, whole or not at all. False: its bytes are not those of ``sha256`` any more."""
    unfinished = place.with_name(place.name + _UNFINISHED)
    digest = hashlib.sha256()
    with path.open("rb") as source, unfinished.open("wb") as target:
        while chunk := source.read(_COPY_BYTES):
            digest.update(chunk)
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    if digest.hexdigest() != sha256:
        unfinished.unlink()
        return False
    unfinished.chmod(0o600)
    unfinished.rename(place)
    return True


def _take_out(file: LandedFile) -> None:
    """Remove a landed file whose bytes are kept, unless it changed since or the landing zone does not allow it."""
    try:
        if file.path.exists() and file_state(file.path) == file.state:
            file.path.unlink()
    except OSError as error:
        if error.errno not in _CANNOT_MOVE:
            raise
