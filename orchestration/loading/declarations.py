"""The declaration of a feed: what its extracts look like, read from the dbt source YAML of a staging folder.

Only says what is declared. How a file is read stands in ``readers``, how a value is converted in ``conversion``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import BaseModel, ConfigDict

from orchestration.loading.column_declaration import ColumnDeclaration
from orchestration.loading.declaration_parts import DeclarationError, insist_once, mapping, meta_of, name_of, validated
from orchestration.loading.declared_meta import Cleaner, ColumnMeta, FeedMeta, Format, Freshness, ReadingMeta
from orchestration.loading.declared_records import paths_within, wrong_surroundings, wrong_within
from orchestration.loading.declared_replacing import Replaces, wrong_replacing
from orchestration.loading.json_paths import wrong_path
from orchestration.loading.references import Reference, shops_of_project, suggestion, systems_switched_on, wrong_reference

RAW_SCHEMA = "raw"

# The one in C reads the same in a tenth of the time; PyYAML has it where libyaml was there.
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_DATA_TYPE = re.compile(r"text|integer|double|boolean|timestamp|date|seconds|decimal\((\d{1,2}),\s*(\d{1,2})\)")
# Columns that the loader adds to every raw table. A declared name begins with a letter, so that none is like them.
LOADER_COLUMNS = {"_extract_id": "bigint", "_line": "bigint", "_loaded_at": "timestamp"}


class FeedDeclaration(BaseModel):
    """One feed: a table of a source system, delivered as extracts."""

    model_config = ConfigDict(frozen=True)

    source_system: str
    name: str
    identifier: str
    description: str = ""
    columns: tuple[ColumnDeclaration, ...]
    # Empty where the line is the key.
    key: tuple[str, ...]
    # The column that is the customer's id, where the key is another.
    customer: str | None = None
    # What an extract takes the place of; None: rows of their keys.
    replaces: Replaces | None = None
    globs: tuple[str, ...] = ()
    format: Format | None = None
    moments: tuple[tuple[str, str], ...] = ()
    freshness: Freshness | None = None
    keeps_versions: bool = False
    # How many of a file's rows may have another row's key and other contents before the file is refused.
    repeated_key_share: float = 0.01
    time_zone: str
    encoding: str
    delimiter: str
    null_markers: tuple[str, ...]
    timestamp_formats: tuple[str, ...]
    date_formats: tuple[str, ...]
    # Of numbers in text; thousands_sign is None where there is none.
    decimal_sign: str
    thousands_sign: str | None
    # What stands around values, and beside numbers; how durations are written.
    clean: tuple[Cleaner, ...] = ()
    units: tuple[str, ...] = ()
    duration_formats: tuple[str, ...] = ()
    lines_before_header: int = 0
    # Records that explain the header to people.
    rows_after_header: int = 0
    # Rows that are none of the feed, told by a value of a column.
    leave_out: tuple[tuple[str, tuple[str, ...]], ...] = ()
    # Delivered columns that are known and not wanted.
    ignored_columns: tuple[str, ...] = ()
    # Where its records stand in a JSON document; the feed whose records hold records of this one too, and where in a document those are.
    records: tuple[str, ...] = ()
    within: str | None = None
    records_within: tuple[str, ...] = ()
    # Which documents are the feed's, by values of their keys.
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    # How far the clocks of the source may be ahead of ours.
    clock_tolerance_minutes: int

    @property
    def raw_table(self) -> str:
        """The raw table's full name, such as ``raw.contract__orders``."""
        return f"{RAW_SCHEMA}.{self.identifier}"

    @property
    def raw_columns(self) -> dict[str, str]:
        """The columns of the raw table with their DuckDB types."""
        return {column.name: column.sql_type for column in self.columns} | LOADER_COLUMNS

    @property
    def unfolds(self) -> bool:
        """Whether records have to be taken out of JSON documents."""
        return bool(self.records or self.within)

    @property
    def has_own_signs(self) -> bool:
        """Whether its numbers are written with other signs than a point."""
        return self.decimal_sign != "." or self.thousands_sign is not None

    def has_column(self, name: str) -> bool:
        """Whether the feed declares a column of that name."""
        return any(column.name == name for column in self.columns)

    def column(self, name: str) -> ColumnDeclaration:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)


class SourceDeclaration(BaseModel):
    """One source system: the folder ``landing/<name>`` and its feeds."""

    model_config = ConfigDict(frozen=True)

    name: str
    description: str = ""
    path: Path
    feeds: dict[str, FeedDeclaration]
    # The feeds whose rows are customers that may be people of other sources of the shop too.
    customer_feeds: tuple[str, ...] = ()


_READING_DEFAULTS: dict[str, Any] = {
    "time_zone": "Asia/Shanghai",
    "encoding": "utf-8",
    "delimiter": ",",
    "null_markers": ("",),
    "timestamp_formats": (),
    "date_formats": (),
    "decimal_sign": ".",
    "thousands_sign": None,
    "clean": (),
    "units": (),
    "duration_formats": (),
    "clock_tolerance_minutes": 60,
}


def read_declarations(models_folder: Path, *, with_switched_off: bool = False) -> dict[str, SourceDeclaration]:
    """Every source declared below ``models_folder`` (files named ``_<source>__sources.yml``), by name.

    Sources that are only there when they are switched on, and are not, are left out, unless ``with_switched_off``. Raises
    ``DeclarationError`` on the first declaration that cannot be used.
    """
    sources: dict[str, SourceDeclaration] = {}
    switched_off = set() if with_switched_off else set(sources_switched_off(models_folder))
    for path in sorted(models_folder.rglob("_*__sources.yml")):
        for source in [] if path in switched_off else _read_file(path):
            if source.name in sources:
                raise DeclarationError(
                    f"{path}: source '{source.name}' is declared in {sources[source.name].path} already; keep one of them"
                )
            sources[source.name] = source
    shops = shops_of_project(models_folder.parent / "dbt_project.yml")
    _check_references(sources, shops)
    return {name: source.model_copy(update={"customer_feeds": _customer_feeds(source, sources, shops)}) for name, source in sources.items()}


def sources_switched_off(models_folder: Path) -> dict[Path, str]:
    """The declarations of sources that are enabled by ``vars: source_systems`` and not listed there, with the source's name."""
    switched_on = systems_switched_on(models_folder.parent / "dbt_project.yml")
    if switched_on is None:
        return {}
    named = ((path, path.stem[1:].removesuffix("__sources")) for path in sorted(models_folder.rglob("_*__sources.yml")))
    return {
        path: name
        for path, name in named
        if name not in switched_on and f"'{name}' in var('source_systems')" in path.read_text(encoding="utf-8")
    }


def _customer_feeds(source: SourceDeclaration, sources: Mapping[str, SourceDeclaration], shops: Mapping[str, str]) -> tuple[str, ...]:
    """The feeds of ``source`` that say who somebody is, or that such a feed of another source names; none where it is a shop by itself."""
    if not any(shops.get(other, other) == shops.get(source.name) for other in sources if other != source.name):
        return ()
    identifying = [column for other in sources.values() for feed in other.feeds.values() for column in feed.columns if column.identifies]
    named = {column.refers_to for column in identifying if column.identifies == "customer"}
    return tuple(
        feed.name
        for feed in source.feeds.values()
        if any(column.identifies for column in feed.columns) or f"{source.name}.{feed.name}" in named
    )


def _check_references(sources: Mapping[str, SourceDeclaration], shops: Mapping[str, str]) -> None:
    feeds = [(source, feed) for source in sources.values() for feed in source.feeds.values()]
    references = [
        Reference(f"{source.path}: table '{feed.name}', column '{column.name}'", source.name, column.refers_to, feed.key == (column.name,))
        for source, feed in feeds
        for column in feed.columns
        if column.refers_to is not None
    ]
    fault = wrong_reference(references, [f"{source.name}.{feed.name}" for source, feed in feeds], shops)
    if fault is not None:
        raise DeclarationError(fault)


def _read_file(path: Path) -> list[SourceDeclaration]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_YAML)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{path}: is not readable as YAML: {error}") from error
    listed = mapping(content, f"{path}").get("sources")
    if not isinstance(listed, list) or not listed:
        raise DeclarationError(f"{path}: has no list 'sources'; declare at least one source there, or rename the file")
    return [_source(path, mapping(entry, f"{path}: an entry of 'sources'")) for entry in cast("list[object]", listed)]


def _source(path: Path, entry: Mapping[str, Any]) -> SourceDeclaration:
    name = name_of(entry, f"{path}: a source")
    where = f"{path}: source '{name}'"
    if entry.get("schema", RAW_SCHEMA) != RAW_SCHEMA:
        raise DeclarationError(f"{where}: schema is '{entry['schema']}', but the loader writes to '{RAW_SCHEMA}'; say schema: {RAW_SCHEMA}")
    reading = validated(ReadingMeta, meta_of(entry, where), where)
    tables = entry.get("tables")
    if not isinstance(tables, list) or not tables:
        raise DeclarationError(f"{where}: has no tables; declare one for each feed")
    feeds: dict[str, FeedDeclaration] = {}
    for table in cast("list[object]", tables):
        feed = _feed(path, name, reading, mapping(table, f"{where}: an entry of 'tables'"))
        if feed.name in feeds:
            raise DeclarationError(f"{where}: table '{feed.name}' is declared twice; keep one of them")
        feeds[feed.name] = feed
    placed = {feed.name: _placed_within(feed, feeds, f"{path}: table '{feed.name}'") for feed in feeds.values()}
    return SourceDeclaration(name=name, description=str(entry.get("description", "")), path=path, feeds=placed)


def _placed_within(feed: FeedDeclaration, feeds: Mapping[str, FeedDeclaration], where: str) -> FeedDeclaration:
    """The feed, with the paths to its records in a document of the feed whose records hold them."""
    if feed.within is None:
        return feed
    outer = feeds.get(feed.within)
    if outer is None:
        raise DeclarationError(f"{where}: within names '{feed.within}', which is no table of the source{suggestion(feed.within, feeds)}")
    fault = wrong_within(feed.name, outer.name, outer_is_within=outer.within is not None)
    if fault is not None:
        raise DeclarationError(f"{where}: {fault}")
    return feed.model_copy(update={"records_within": paths_within(outer.records, feed.records_within[0])})


def _feed(path: Path, source_system: str, of_source: ReadingMeta, entry: Mapping[str, Any]) -> FeedDeclaration:
    name = name_of(entry, f"{path}: source '{source_system}': a table")
    where = f"{path}: table '{name}'"
    if "identifier" not in entry:
        raise DeclarationError(
            f"{where}: has no identifier, so that dbt would look for the raw table '{name}'; say identifier: {source_system}__{name}"
        )
    identifier = str(entry["identifier"])
    if identifier != f"{source_system}__{name}":
        raise DeclarationError(
            f"{where}: identifier is '{identifier}', but a raw table is named <source>__<feed>; say identifier: {source_system}__{name}"
        )
    meta = validated(FeedMeta, meta_of(entry, where), where)
    listed = entry.get("columns")
    if not isinstance(listed, list) or not listed:
        raise DeclarationError(f"{where}: has no columns; declare each column with name and data_type")
    key = meta.key or ()
    entries = [mapping(item, f"{where}: an entry of 'columns'") for item in cast("list[object]", listed)]
    columns = [_column(where, key, meta.other_columns, entry) for entry in entries]
    insist_once(where, "column", [column.name for column in columns])
    headers = [header for column in columns for header in column.headers]
    insist_once(where, "header", [*headers, *meta.ignored_columns])
    fault = wrong_surroundings(headers, where=bool(meta.where), unfolds=bool(meta.records or meta.within))
    if fault is not None:
        raise DeclarationError(f"{where}: {fault}")
    names = [column.name for column in columns]
    if meta.key is None:
        raise DeclarationError(
            f"{where}: has no key; say under config.meta which columns make a row unique, such as key: [{names[0]}], "
            "or key: line where none do"
        )
    _check_replacing(where, key, meta, columns)
    mentioned = {
        "key": key,
        "moments": [name for pair in meta.moments for name in pair],
        "leave_out": list(meta.leave_out),
        "other_columns": [meta.other_columns] if meta.other_columns is not None else [],
        "customer": [meta.customer] if meta.customer is not None else [],
        "freshness": [meta.freshness.column] if meta.freshness is not None else [],
        "keeps_versions": ["updated_at"] if meta.keeps_versions else [],
    }
    for what, used in mentioned.items():
        for column_name in used:
            if column_name not in names:
                raise DeclarationError(
                    f"{where}: {what} names column '{column_name}', which is not declared{suggestion(column_name, names)}"
                )
    if len(key) != 1 and meta.customer is None and any(column.identifies for column in columns):
        raise DeclarationError(
            f"{where}: has a column with identifies, but a key of {len(key)} columns; say customer: which column is the customer's id"
        )
    reading = {
        option: next((value for value in (getattr(meta, option), getattr(of_source, option)) if value is not None), default)
        for option, default in _READING_DEFAULTS.items()
    }
    if reading["decimal_sign"] == reading["thousands_sign"]:
        raise DeclarationError(f"{where}: decimal_sign and thousands_sign are both '{reading['decimal_sign']}'; declare the other one too")
    return FeedDeclaration(
        source_system=source_system,
        name=name,
        identifier=identifier,
        description=str(entry.get("description", "")),
        columns=tuple(columns),
        key=key,
        replaces=meta.replaces,
        globs=meta.globs,
        format=meta.format,
        moments=meta.moments,
        freshness=meta.freshness,
        keeps_versions=meta.keeps_versions,
        repeated_key_share=meta.repeated_key_share,
        customer=meta.customer,
        lines_before_header=meta.lines_before_header,
        rows_after_header=meta.rows_after_header,
        leave_out=tuple(meta.leave_out.items()),
        ignored_columns=tuple(header.strip() for header in meta.ignored_columns),
        records=meta.records,
        within=next(iter(meta.within), None),
        records_within=tuple(meta.within.values()),
        where=tuple(meta.where.items()),
        **reading,
    )


def _check_replacing(where: str, key: tuple[str, ...], meta: FeedMeta, columns: list[ColumnDeclaration]) -> None:
    """What an extract takes the place of is told by columns that every row has, and goes with the key."""
    fault = wrong_replacing(key, meta.replaces)
    if fault is not None:
        raise DeclarationError(f"{where}: {fault}")
    if meta.replaces is None:
        return
    if meta.keeps_versions:
        raise DeclarationError(f"{where}: keeps_versions goes with a key by which rows replace each other, and not with replaces")
    by_name = {column.name: column for column in columns}
    for name in meta.replaces.columns:
        told = f"{where}: replaces names column '{name}', "
        if name not in by_name:
            raise DeclarationError(f"{told}which is not declared{suggestion(name, by_name)}")
        if not by_name[name].required:
            raise DeclarationError(f"{told}which may be empty; say required: true there, since every row has to belong somewhere")
        if meta.replaces.what == "dates" and by_name[name].data_type not in ("date", "timestamp"):
            raise DeclarationError(f"{told}which is {by_name[name].data_type}; days are told by a date or a timestamp")


def _column(where_table: str, key: tuple[str, ...], other_columns: str | None, entry: Mapping[str, Any]) -> ColumnDeclaration:
    name = name_of(entry, f"{where_table}: a column")
    where = f"{where_table}, column '{name}'"
    data_type = str(entry.get("data_type", "")).strip().lower()
    parsed = _DATA_TYPE.fullmatch(data_type)
    if parsed is None:
        raise DeclarationError(
            f"{where}: data_type is '{data_type}'; it has to be text, integer, decimal(precision,scale), double, boolean, timestamp, date "
            "or seconds"
        )
    if parsed.group(1) is not None:
        precision, scale = int(parsed.group(1)), int(parsed.group(2))
        if not (1 <= precision <= 38 and scale <= precision):
            raise DeclarationError(f"{where}: data_type is '{data_type}'; the precision is 1 to 38 and the scale at most that")
        data_type = f"decimal({precision},{scale})"
    meta = validated(ColumnMeta, meta_of(entry, where), where)
    if meta.accepted_values and data_type not in ("text", "integer"):
        raise DeclarationError(f"{where}: accepted_values only go with text and integer, not with {data_type}")
    if meta.identifies is not None and data_type != "text":
        raise DeclarationError(f"{where}: identifies only goes with text, not with {data_type}")
    if meta.is_plan and data_type not in ("timestamp", "date"):
        raise DeclarationError(f"{where}: is_plan only goes with timestamp and date, not with {data_type}")
    is_key = name in key
    is_collected = name == other_columns
    if is_collected and (data_type != "text" or not meta.pii or meta.header or meta.required or is_key):
        raise DeclarationError(
            f"{where}: other_columns names it, so that it holds whatever is delivered beside the declared columns: "
            "it has to be text with pii: true, and can be no key, required or known by a header"
        )
    headers = tuple(header.strip() for header in meta.header) or (name,)
    faults = [fault for header in headers if (fault := wrong_path(header)) is not None]
    if faults:
        raise DeclarationError(f"{where}: {faults[0]}")
    return ColumnDeclaration(
        name=name,
        data_type=data_type,
        description=str(entry.get("description", "")),
        is_key=is_key,
        required=meta.required or is_key,
        accepted_values=meta.accepted_values,
        pii=meta.pii,
        refers_to=meta.refers_to,
        identifies=meta.identifies,
        country_prefix=meta.country_prefix,
        null_markers=meta.null_markers,
        is_plan=meta.is_plan,
        header=headers[0],
        other_headers=headers[1:],
        is_collected=is_collected,
    )
