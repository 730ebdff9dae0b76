"""Puts a proposal together: for a source's files the texts of its declaration, views, their YAML and docs, and what is left to decide."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration.loading import SourceDeclaration
from orchestration.proposing.columns import ColumnFacts, Contents, contents_of
from orchestration.proposing.declaration import DeclaredColumn, DeclaredFeed, declaration_text, docs_text
from orchestration.proposing.kinds import Kind, ProposalError, kinds_of
from orchestration.proposing.mapping import contract_name, line_columns, mapped_entities
from orchestration.proposing.views import View, view_of

_NEEDED: Mapping[str, tuple[str, ...]] = {
    "orders": ("order_id", "ordered_at"),
    "order_items": ("order_id",),
    "tickets": ("ticket_id", "created_at"),
    "refunds": ("order_id", "refunded_at"),
    "customers": (),
    "products": (),
}


@dataclass(frozen=True)
class Proposal:
    """A source as it might be declared."""

    name: str
    # By path below the models folder.
    files: Mapping[str, str]
    feeds: tuple[DeclaredFeed, ...]
    entities: tuple[str, ...]
    to_decide: tuple[str, ...]


def propose(
    name: str, paths: Sequence[Path], *, contract: SourceDeclaration, time_zone: str, currency: str | None, rated: Mapping[str, str]
) -> Proposal:
    """Propose the source ``name`` for the files; ``rated`` says for which days currencies have exchange rates, if not for all.

    Raises ``ProposalError`` where nothing can be proposed.
    """
    feeds = [_declared(kind, contents_of(kind)) for kind in kinds_of(paths)]
    folder = Path("staging") / name
    views: dict[str, View] = {}
    to_decide: list[str] = [note for feed in feeds for note in feed.notes]
    for feed in feeds:
        for mapped in feed.entities:
            if mapped.entity in views:
                to_decide.append(
                    f"{mapped.entity} are told by {feed.name} too; one view takes one feed, so unite them in SQL or leave it out."
                )
                continue
            view = view_of(name, feed, mapped, contract, currency)
            views[mapped.entity] = view
            to_decide += view.to_decide
    if currency is not None and (spell := rated.get(currency, "none")):
        to_decide.append(f"{currency}: seeds/reference/exchange_rates.csv has rates {spell}; a refresh stops at amounts of other days.")
    if "order_items" in views and "products" not in views:
        to_decide.append("Products are named by lines only; a refresh warns of it until a view stg_…__products tells of them.")
    if not views:
        to_decide.append("No view is proposed: no feed has the columns that an entity of the contract needs. Name them by hand.")
    files = {
        f"{folder}/_{name}__sources.yml": declaration_text(name, feeds, time_zone),
        f"{folder}/_{name}__docs.md": docs_text(name, feeds, {entity: view.told for entity, view in views.items()}, to_decide),
    }
    for entity, view in views.items():
        files[f"{folder}/stg_{name}__{entity}.sql"] = view.sql
        files[f"{folder}/stg_{name}__{entity}.yml"] = view.yaml
    return Proposal(name, files, tuple(feeds), tuple(views), tuple(to_decide))


def _declared(kind: Kind, contents: Contents) -> DeclaredFeed:
    entities = mapped_entities(contents.columns)
    line = line_columns(contents.columns)
    names = _names(contents.columns)
    # What a row has to have for the views: the order or ticket, the moment by which it counts, how many.
    needed = {place for each in entities for name, place in each.columns.items() if name in _NEEDED[each.entity]}
    needed |= {line["quantity"]} if "quantity" in line and entities else set()
    columns = tuple(
        DeclaredColumn(facts, names[place], is_required=place in needed and facts.is_always_filled)
        for place, facts in enumerate(contents.columns)
    )
    return DeclaredFeed(kind, contents, columns, tuple(entities), line)


def _names(columns: Sequence[ColumnFacts]) -> list[str]:
    """A name for each column: its header in small letters; of one that is not ASCII what the contract calls it; else its place."""
    found: list[str] = []
    for place, column in enumerate(columns, start=1):
        # An umlaut is written as its letter.
        header = "".join(sign for sign in unicodedata.normalize("NFKD", column.header) if not unicodedata.combining(sign))
        snake = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", header).lower()).strip("_")
        name = snake if header.isascii() and snake[:1].isalpha() else contract_name(column.header)
        found.append(name if name and name not in found else f"column_{place}")
    return found


__all__ = ["Proposal", "ProposalError", "propose"]
