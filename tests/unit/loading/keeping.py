"""A shop whose loaded files go into an archive, and its feed whose rows may be corrected and withdrawn."""

import hashlib

import duckdb

from orchestration.loading import Archive, SourceLoad, load_source
from tests.unit.loading.shop import ORDERS, Shop, csv_file, order

UPDATED_ORDERS = ORDERS + "          - {name: updated_at, data_type: timestamp}\n          - {name: is_deleted, data_type: boolean}\n"


def updated(order_id: object, updated_at: str, *, is_deleted: str = "", **values: str) -> str:
    return f"{order(order_id, **values)},{updated_at},{is_deleted}"


def updated_file(*lines: str) -> bytes:
    header, rest = csv_file(*lines).split(b"\n", 1)
    return header + b",updated_at,is_deleted\n" + rest


class Keeping:
    """A shop whose loaded files go into an archive."""

    def __init__(self, shop: Shop, *, is_own_landing: bool) -> None:
        self.shop = shop
        self.folder = shop.folder / "archive"
        self.archive = Archive(self.folder, own_landing=shop.landing if is_own_landing else None)

    def load(self, connection: duckdb.DuckDBPyConnection | None = None) -> SourceLoad:
        self.shop.runs += 1
        return load_source(
            connection or self.shop.connection,
            self.shop.source,
            self.shop.landing,
            run_id=f"run-{self.shop.runs}",
            archive=self.archive,
        )

    def kept(self) -> dict[str, bytes]:
        """The bytes in the archive by feed and hash."""
        return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in sorted((self.folder / self.shop.source.name).glob("*/*"))}

    def expected(self, *contents: bytes) -> dict[str, bytes]:
        return {f"orders/{hashlib.sha256(content).hexdigest()}.csv": content for content in contents}

    def landed(self) -> list[str]:
        return sorted(path.name for path in self.shop.landing.rglob("*") if path.is_file())

    def rebuilt(self) -> Shop:
        """A second warehouse, made from the archive alone."""
        folder = self.shop.folder / "rebuilt"
        folder.mkdir()
        declaration = (self.shop.folder / "models" / "_shop__sources.yml").read_text(encoding="utf-8")
        other = Shop(folder, declaration)
        load_source(other.connection, other.source, other.landing, run_id="rebuild", archive=self.archive)
        return other
