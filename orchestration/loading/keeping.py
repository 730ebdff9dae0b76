"""Sees to it that the archive has what the ledger says was loaded of a source, and says what the ledger lacks of the archive."""

from __future__ import annotations

from dataclasses import dataclass, replace

from orchestration.loading.archive import ArchivedExtract, ArchiveError, SourceArchive
from orchestration.loading.books import Books
from orchestration.loading.declarations import SourceDeclaration
from orchestration.loading.discovery import LandedFile


@dataclass(frozen=True)
class Keeper:
    """The archive of a source beside its ledger. With ``is_moved`` handled files are taken out of the landing zone."""

    archive: SourceArchive
    books: Books
    is_moved: bool

    def __post_init__(self) -> None:
        self.archive.mend(self.books.archived)

    def unknown(self, source: SourceDeclaration, feeds: set[str]) -> list[ArchivedExtract]:
        """The archived extracts of ``feeds`` that the ledger lacks and is to have, in the order of delivery."""
        unknown = [
            extract for extract in self.archive.extracts if extract.is_to_load and not self.books.is_loaded(extract.feed, extract.sha256)
        ]
        for extract in unknown:
            if extract.feed not in source.feeds:
                raise ArchiveError(
                    f"{extract.file_name} was loaded into the feed '{extract.feed}', which '{source.name}' does not declare any more; "
                    f"declare it again, or go without it: aftersales rebuild --without '{extract.file_name}'"
                )
        return [extract for extract in unknown if extract.feed in feeds]

    def keep(self, file: LandedFile) -> str | None:
        """Keep a file that was just handled, loaded or known. Returns why that cannot be."""
        sha256 = self.books.hash_of(file)
        if sha256 is None:
            return None
        loaded = self.books.same_bytes(file, sha256)
        # Nothing to do for the many files of a landing zone that is not ours and was archived on earlier runs.
        if not self.is_moved and (loaded is None or self.archive.holds(file.feed.name, sha256, loaded[0])):
            return None
        # Bytes that only the archive knows of were removed or are left out: a second delivery of them goes the way of any other.
        find = self.archive.find if loaded is None else self.books.archived
        extract = find(file.feed.name, sha256)
        # The last of the feeds that read it takes it out of the landing zone.
        others = (replace(file, feed=file.feed.model_copy(update={"name": reader})) for reader in file.readers)
        is_moved = self.is_moved and all(self.books.hash_of(other) == sha256 for other in others)
        return None if extract is None else self.archive.keep(file, extract, is_moved=is_moved)
