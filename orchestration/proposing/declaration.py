"""Writes the declaration and the docs of a proposed source as text, with what was found as comments. Names no value but words of few."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from orchestration.proposing.columns import ColumnFacts, Contents
from orchestration.proposing.kinds import Kind
from orchestration.proposing.mapping import Mapped

_MOST_CANDIDATES = 4


@dataclass(frozen=True)
class DeclaredColumn:
    """A column with its name in the declaration."""

    facts: ColumnFacts
    name: str
    is_required: bool


@dataclass(frozen=True)
class DeclaredFeed:
    """A feed as it is proposed."""

    kind: Kind
    contents: Contents
    columns: tuple[DeclaredColumn, ...]
    entities: tuple[Mapped, ...]
    # What of its columns is a line of an order's, whether or not they suffice for one.
    line: Mapping[str, int]

    @property
    def name(self) -> str:
        """The feed's name."""
        return self.kind.feed

    @property
    def key(self) -> tuple[str, ...]:
        """The names of the key's columns; empty where the line is the key."""
        return tuple(self.columns[place].name for place in self.contents.key)

    @property
    def group(self) -> str | None:
        """Of lines of orders the order's column, by which a later file may take the place of an earlier one's lines."""
        orders = next((each for each in self.entities if each.entity in ("orders", "order_items")), None)
        if self.key or orders is None:
            return None
        column = self.columns[orders.columns["order_id"]]
        return column.name if column.is_required else None

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What a person has to look at."""
        found: list[str] = []
        if self.kind.doubt:
            found.append(f"{self.name}: encoding {self.kind.encoding}, {self.kind.doubt}.")
        for column in self.columns:
            if len(column.facts.formats) > 1:
                formats = " and ".join(column.facts.formats)
                found.append(f"{self.name}.{column.name}: {formats} both read every value; the first is declared. Which is it?")
        found += [
            f"{self.name}.{column.name}: ids end in .0, as of a float, and meet none without it. Have them exported as text, or cut it off."
            for column in self.columns
            if column.facts.is_like_a_float
        ]
        if not self.key:
            told = f"lines of an order that comes again replace it whole (groups: [{self.group}])" if self.group else "lines are added"
            found.append(f"{self.name}: no column or pair is a key, so the line is; {told}. Is that how files follow each other?")
        if self.contents.rejected:
            found.append(f"{self.name}: {self.contents.rejected:,} rows cannot be split into columns; aftersales try says which.")
        return tuple(found)


def declaration_text(name: str, feeds: Sequence[DeclaredFeed], time_zone: str) -> str:
    """The text of ``_<name>__sources.yml``."""
    lines = [
        "version: 2", "", "sources:", f"  - name: {name}", "    schema: raw", f"    description: \"{{{{ doc('{name}') }}}}\"",
        f"    config: {{meta: {{time_zone: {time_zone}}}}}", "    tables:",
    ]  # fmt: skip
    for feed in feeds:
        lines += ["", *_feed_lines(name, feed)]
    return "\n".join(lines) + "\n"


def _feed_lines(source: str, feed: DeclaredFeed) -> list[str]:
    kind, contents = feed.kind, feed.contents
    formatted = [column.facts for column in feed.columns if column.facts.formats]
    formats = {
        "timestamp_formats": list(dict.fromkeys(facts.formats[0] for facts in formatted)),
        "date_formats": list(dict.fromkeys(facts.formats[0] for facts in formatted if facts.data_type == "date")),
    }
    meta: dict[str, object] = {"key": list(feed.key) or "line"}
    if not feed.key:
        meta["replaces"] = {"groups": [feed.group]} if feed.group else "nothing"
    meta |= {
        "globs": [kind.glob],
        "encoding": None if kind.encoding == "utf-8" else kind.encoding,
        "delimiter": None if kind.delimiter == "," else kind.delimiter,
        "decimal_sign": contents.decimal_sign,
        "thousands_sign": contents.thousands_sign,
        "clean": list(contents.clean),
        "units": list(contents.units),
        "lines_before_header": kind.lines_before_header,
        "rows_after_header": kind.rows_after_header,
        **formats,
    }
    return [
        f"      - name: {feed.name}",
        f"        identifier: {source}__{feed.name}",
        f"        description: {_quoted(f'{contents.rows:,} rows were looked at in {len(kind.paths)} files. Say what one of them is.')}",
        *_key_comments(feed),
        "        config:",
        "          meta:",
        *(f"            {option}: {_flow(value)}" for option, value in meta.items() if value),
        "        columns:",
        *(line for column in feed.columns for line in _column_lines(column)),
    ]


def _key_comments(feed: DeclaredFeed) -> list[str]:
    """What was looked at as a key, and how many rows share a value with another."""
    looked_at = [column for column in feed.columns if column.facts.is_always_filled and not column.facts.personal]
    looked_at.sort(key=lambda column: column.facts.repeating_rows)
    unique = [column.name for column in looked_at if column.facts.repeating_rows == 0]
    comments = (
        [f"        # Also different in every row: {', '.join(name for name in unique if name not in feed.key)}."]
        if set(unique) - set(feed.key)
        else []
    )
    for column in [each for each in looked_at if each.facts.repeating_rows][: 0 if unique else _MOST_CANDIDATES]:
        comments.append(f"        # No key by itself: {column.name}, {column.facts.repeating_rows:,} rows repeat another's.")
    return comments


def _column_lines(column: DeclaredColumn) -> list[str]:
    facts = column.facts
    meta: dict[str, object] = {
        "header": facts.header if facts.header != column.name else None,
        "required": column.is_required or None,
        "pii": True if facts.personal else None,
        "null_markers": list(facts.null_markers),
    }
    config = ", ".join(f"{option}: {_flow(value)}" for option, value in meta.items() if value)
    told = (
        f"Taken for personal data, {facts.personal}."
        if facts.personal
        else "Never filled in these files."
        if facts.is_empty
        else "Say what it means."
    )
    data_type = f'"{facts.data_type}"' if "," in facts.data_type else facts.data_type
    configured = f"config: {{meta: {{{config}}}}}, " if config else ""
    return [f"          - {{name: {column.name}, data_type: {data_type}, {configured}description: {_quoted(told)}}}"]


def docs_text(name: str, feeds: Sequence[DeclaredFeed], views: Mapping[str, Mapping[str, str]], to_decide: Sequence[str]) -> str:
    """The text of ``_<name>__docs.md``: a stub that says what maps to what, what words there are, and what is to be decided."""
    lines = [
        f"{{% docs {name} %}}",
        f"What {name} is, who writes it and how. Proposed from its files; read it, correct it, and take this line away.",
        "",
    ]
    for entity, mapped in views.items():
        lines += [f"**{entity}.** " + ", ".join(f"`{target}` is {source}" for target, source in mapped.items()) + ".", ""]
    words = [(feed.name, column) for feed in feeds for column in feed.columns if column.facts.words]
    if words:
        lines += ["| column | words in the files |", "| --- | --- |"]
        for feed, column in words:
            listed = ", ".join(word.replace("|", "/").replace("\n", " ") for word in column.facts.words)
            lines.append(f"| {feed}.{column.name} | {listed} |")
        lines.append("")
    if to_decide:
        lines += ["To decide:", "", *(f"- {each}" for each in to_decide), ""]
    # What a file says must not be taken for a template.
    told = [line.replace("{", "(").replace("}", ")") for line in lines[1:-1]]
    return "\n".join([lines[0], *told, "{% enddocs %}"]) + "\n"


def _flow(value: object) -> str:
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_flow(each) for each in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in value.items()) + "}"
    text = str(value)
    is_plain = (
        text.isascii() and text.replace("_", "").replace("-", "").isalnum() and text[:1].isalpha() and text.lower() not in _WORDS_OF_YAML
    )
    return text if is_plain else _quoted(text)


_WORDS_OF_YAML = {"yes", "no", "true", "false", "null", "on", "off", "y", "n"}


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
