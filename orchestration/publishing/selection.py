"""Decides which tables and columns leave the warehouse, from dbt's manifest.json alone. Reads no data.

Fail closed: a mart is published with the columns its YAML declares and no others, and anything that looks like a
customer or like personal data must say what becomes of it (``config: {meta: {publish: pseudonym | never | plain}}``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from orchestration.project import DbtManifest, Relation, manifest_in
from orchestration.publishing.errors import SelectionError
from orchestration.publishing.personal_flow import PersonalFlow

Treatment = Literal["plain", "pseudonym"]

# Columns that name a customer: never plain, whatever the YAML forgets.
CUSTOMER_COLUMN_ENDINGS = ("customer_key", "customer_id")

# Words of a column's name that promise a person, or text that somebody wrote: it says what becomes of it, whatever its feed says.
PERSONAL_WORDS = frozenset(
    {
        *("email", "mail", "phone", "mobile", "telephone", "fax", "wechat", "whatsapp", "address", "street", "postcode", "zip", "passport"),
        *("surname", "firstname", "lastname", "fullname", "birthday", "birthdate", "birth", "gender", "iban", "card", "ip"),
        *("comment", "comments", "remark", "remarks", "note", "notes", "subject", "message", "body", "transcript", "freetext"),
    }
)

_TEXT_TYPES = frozenset({"", "string", "text", "varchar", "char", "json"})


@dataclass(frozen=True)
class PublishedColumn:
    """A column that readers get, and whether they get it as it is or as a keyed hash."""

    name: str
    treatment: Treatment = "plain"
    description: str = ""


@dataclass(frozen=True)
class PublishedTable:
    """A table that readers get, with its columns in the order the YAML declares them: keys first.

    ``grain`` are columns that tell its rows apart, as a data test claims; none where readers do not get them all.
    """

    schema: str
    name: str
    columns: tuple[PublishedColumn, ...]
    description: str = ""
    grain: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """``schema.table``, for people."""
        return f"{self.schema}.{self.name}"


def published_marts(dbt_manifest: Path) -> tuple[PublishedTable, ...]:
    """The marts of ``dbt_manifest`` by schema and name.

    Raises ``SelectionError`` when there is no manifest, no mart in it, or a column whose treatment is not clear.
    """
    manifest = _read_manifest(dbt_manifest)
    flow = PersonalFlow(manifest)
    tables: list[PublishedTable] = []
    for mart in manifest.marts:
        table = _published_table(mart, flow=flow)
        if table is not None:
            tables.append(table)
    if not tables:
        raise SelectionError(f"{dbt_manifest} has no model under models/marts/: there is nothing to publish. Run dbt parse again.")
    names = [table.full_name for table in tables]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise SelectionError(f"Two marts are called {', '.join(doubled)}. Give each its own name.")
    return tuple(sorted(tables, key=lambda table: (table.schema, table.name)))


def _read_manifest(dbt_manifest: Path) -> DbtManifest:
    try:
        return manifest_in(dbt_manifest)
    except FileNotFoundError:
        raise SelectionError(
            f"{dbt_manifest} does not exist: what may be published is read from it. Run the refresh, or dbt parse."
        ) from None
    except ValueError as error:
        raise SelectionError(f"{dbt_manifest} is not JSON ({error}). Run dbt parse again.") from error


def _published_table(mart: Relation, *, flow: PersonalFlow) -> PublishedTable | None:
    where = mart.file
    treatment = mart.meta.get("publish")
    if treatment == "never":
        return None
    if treatment is not None:
        raise SelectionError(f"{where}: meta publish is {treatment!r}; a table knows only never.")
    columns = tuple(_published_columns(mart, flow=flow))
    if not columns:
        raise SelectionError(f"{where}: no column is declared, so none may be published. Declare them in {mart.name}.yml.")
    grain = mart.grain if {column.name for column in columns}.issuperset(mart.grain) else ()
    return PublishedTable(schema=mart.schema, name=mart.name, columns=columns, description=mart.description, grain=grain)


def _published_columns(mart: Relation, *, flow: PersonalFlow) -> Iterator[PublishedColumn]:
    where, personal = mart.file, list(flow.columns)
    for column in mart.columns:
        name, treatment = column.name, column.meta.get("publish")
        if treatment == "never":
            continue
        if treatment not in (None, "plain", "pseudonym"):
            raise SelectionError(f"{where}: column {name} says publish: {treatment!r}; it can be pseudonym, never or plain.")
        if treatment != "pseudonym" and name.lower().endswith(CUSTOMER_COLUMN_ENDINGS):
            raise SelectionError(f"{where}: column {name} names a customer. Say meta publish: pseudonym or never.")
        for borne in personal:
            if borne.may_be_held_by(name, column.data_type) and (way := flow.way_to(mart, borne)) is not None:
                raise SelectionError(
                    f"{where}: column {name} bears the name of {borne.told_as}, which is declared personal data, and its values could flow "
                    f"there ({' → '.join(way)}). Give the source's column a name of its own in its declaration (header keeps the one "
                    f"in the file), leave it out of {way[0]}, or, where the mart's column does hold it, say meta publish: never."
                )
        if treatment is None and _sounds_personal(name, column.data_type):
            raise SelectionError(
                f"{where}: column {name} sounds like personal data or like text that somebody wrote. Say meta publish: never, "
                "or plain when it is neither."
            )
        yield PublishedColumn(
            name=name,
            treatment="pseudonym" if treatment == "pseudonym" else "plain",
            description=column.description,
        )


def _sounds_personal(name: str, data_type: str) -> bool:
    """A number or a moment is personal when its name ends so (phone, birth); a text also when the word stands elsewhere in it."""
    words = name.lower().split("_")
    return words[-1] in PERSONAL_WORDS or (data_type.lower() in _TEXT_TYPES and not PERSONAL_WORDS.isdisjoint(words))
