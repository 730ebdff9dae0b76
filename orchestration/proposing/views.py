"""Writes a staging view of a proposed source: the columns of the contract's own view, those that are known by name, the others null.

The contract's view is the pattern: its last select names the columns and their order, its feed's declaration their types.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

from orchestration.loading import SourceDeclaration
from orchestration.proposing.declaration import DeclaredFeed
from orchestration.proposing.mapping import Mapped, forms_of

_WIDTH = 110
_ENTITY_KEY = re.compile(r"\{\{ entity_key\('contract', \[(.*)\]\) \}\} as (\w+)")
_TYPES = {"text": "text", "integer": "integer", "timestamp": "timestamp", "date": "date", "boolean": "boolean", "double": "double"}
# What is shown under this name where a source does not tell it.
_UNKNOWN = ("channel", "issue_type")
_WORDED = ("channel", "issue_type", "priority", "cancel_reason", "customer_tier")


@dataclass(frozen=True)
class View:
    """A staging view."""

    sql: str
    yaml: str
    # What each column of the contract is made of, in words.
    told: Mapping[str, str]
    to_decide: tuple[str, ...]


def view_of(source: str, feed: DeclaredFeed, mapped: Mapped, contract: SourceDeclaration, currency: str | None) -> View:
    """The view of an entity over a feed."""
    return _Writer(source, feed, mapped, contract, currency).view()


class _Writer:
    def __init__(self, source: str, feed: DeclaredFeed, mapped: Mapped, contract: SourceDeclaration, currency: str | None) -> None:
        self.source, self.feed, self.entity, self.currency = source, feed, mapped.entity, currency
        self.columns = {name: feed.columns[place] for name, place in mapped.columns.items()}
        self.types = {column.name: column.data_type for column in contract.feeds[mapped.entity].columns}
        self.pattern = (contract.path.parent / f"stg_contract__{mapped.entity}.sql").read_text(encoding="utf-8")
        self.line = {name: feed.columns[place] for name, place in feed.line.items()}
        # An order is told by its lines where they are the rows; a line has no number unless one is told.
        is_by_line = feed.key != (self.order,) if "order_id" in self.columns else False
        self.is_grouped = self.entity == "orders" and is_by_line
        self.is_numbered = self.entity == "order_items" and "line_number" not in self.columns
        self.leaves_returns = (
            self.entity in ("orders", "order_items") and "quantity" in self.line and self.line["quantity"].facts.has_negative
        )
        self.told: dict[str, str] = {}
        self.to_decide: list[str] = []

    # Names of the declaration are made of a-z, 0-9 and _: there is nothing to quote in them.
    @property
    def order(self) -> str:
        return self.columns["order_id"].name

    @property
    def quantity(self) -> str:
        return self.line["quantity"].name

    @property
    def rows(self) -> str:
        return "numbered_lines" if self.is_numbered else f"current_{self.feed.name}"

    def view(self) -> View:
        selected = self._selected()
        ctes = [self._cte(f"current_{self.feed.name}", self._current())]
        if self.is_numbered:
            ctes.append(self._cte("numbered_lines", self._numbered()))
        kept = f"where {self.rows}.{self.quantity} > 0\n" if self.leaves_returns and not self.is_numbered else ""
        grouped = f"group by {self.rows}.{self.order}\n" if self.is_grouped else ""
        head = f"-- {self.entity.replace('_', ' ').capitalize()} of {self.source}, as {self.feed.name} last stated them.\n"
        sql = head + "with\n\n" + ",\n\n".join(ctes) + f"\n\nselect\n{selected}\n\nfrom {self.rows}\n{kept}{grouped}"
        return View(sql, self._yaml(), self.told, tuple(self.to_decide))

    @staticmethod
    def _cte(name: str, query: str) -> str:
        return f"{name} as (\n\n{query}\n\n)"

    def _used(self) -> list[str]:
        used = {column.name: None for column in self.columns.values()}
        if self.leaves_returns:
            used |= {self.quantity: None}
        if self.is_grouped and self._is_priced:
            used |= {self.line[name].name: None for name in ("quantity", "unit_price", "discount_amount") if name in self.line}
        return list(used)

    def _current(self) -> str:
        extra = ["_extract_id", "_line"] if self.is_numbered else []
        listed = ", ".join(f"'{name}'" for name in [*self._used(), *extra])
        source = f"source('{self.source}', '{self.feed.name}')"
        short = f"    {{{{ current_rows({source}, columns=[{listed}]) }}}}"
        if len(short) <= _WIDTH:
            return short
        wrapped = textwrap.fill(listed, _WIDTH, initial_indent=" " * 12, subsequent_indent=" " * 12, break_on_hyphens=False)
        return f"    {{{{ current_rows(\n        {source},\n        columns=[\n{wrapped}\n        ]\n    ) }}}}"

    def _numbered(self) -> str:
        lines = f"current_{self.feed.name}"
        selected = ",\n".join(f"        {lines}.{name}" for name in self._used())
        kept = f"\n    where {lines}.{self.quantity} > 0" if self.leaves_returns else ""
        number = f"{{{{ numbered_within('{lines}', '{self.order}') }}}} as line_number"
        return f"    select\n{selected},\n\n        {number}\n\n    from {lines}{kept}"

    def _selected(self) -> str:
        body = self.pattern.rpartition("\nselect\n")[2].partition("\nfrom ")[0]
        lines: list[str] = []
        for line in body.splitlines():
            text = line.strip().rstrip(",")
            lines.append("" if not text else self._column(text))
        written = "\n".join(f"    {line}," if line else "" for line in lines).rstrip()
        return written.rstrip(",")

    def _column(self, text: str) -> str:
        key = _ENTITY_KEY.fullmatch(text)
        if key is not None:
            parts = [part.strip(" '").rpartition(".")[2] for part in key[1].split(",")]
            made = [self._expression(part) for part in parts]
            if all(made):
                listed = ", ".join(f"'{each}'" for each in made)
                return f"{{{{ entity_key('{self.source}', [{listed}]) }}}} as {key[2]}"
            return f"cast(null as {{{{ type_text() }}}}) as {key[2]}"
        name = text.rpartition(" as ")[2].rpartition(".")[2]
        return f"'{self.source}' as source_system" if name == "source_system" else self._valued(name)

    def _expression(self, name: str) -> str | None:
        """The column of the rows that holds what the contract calls ``name``, without more ado."""
        if name == "line_number" and self.is_numbered:
            return f"{self.rows}.line_number"
        column = self.columns.get(name)
        if column is None:
            return None
        return f"max({self.rows}.{column.name})" if self.is_grouped and name != "order_id" else f"{self.rows}.{column.name}"

    def _valued(self, name: str) -> str:
        if self.is_grouped and name == "order_amount" and (self._is_priced or name in self.columns):
            return self._amount_of_lines()
        expression = self._expression(name)
        if expression is None:
            return self._without(name)
        if name == "line_number" and self.is_numbered:
            self.told[name] = "counted in the order of the file"
            return expression
        column = self.columns[name]
        self.told[name] = column.facts.header
        if name in _WORDED:
            expression = self._worded(name, expression)
        if self.entity == "tickets" and name == "order_id":
            told = f"{self.feed.name}.{column.name}: are these another source's orders? Then it says refers_to, such as shopify.orders."
            self.to_decide.append(told)
        if self.is_grouped and name == "ordered_at":
            expression = f"min({self.rows}.{column.name})"
        wanted, has = self.types[name], column.facts.data_type
        if wanted != has:
            return f"cast({expression} as {{{{ {self._type(wanted)} }}}}) as {name}"
        return expression if expression == f"{self.rows}.{name}" else f"{expression} as {name}"

    def _worded(self, name: str, expression: str) -> str:
        """The contract's words for those of the files that are known; the others stay, and are asked about."""
        column = self.columns[name]
        forms = forms_of(name, column.facts.words)
        known = {form for of_value in forms.values() for form in of_value}
        others = [word for word in column.facts.words if word.strip().lower() not in known]
        if others or not column.facts.words:
            told = ", ".join(others) or "its words"
            self.to_decide.append(f"{self.entity}.{name}: what do these mean of {column.facts.header}: {told}? Map them with mapped_value.")
        if not forms:
            return expression
        quoted = {value: ", ".join(f"'{form}'" for form in words) for value, words in forms.items()}
        listed = ", ".join(f"'{value}': [{words}]" for value, words in quoted.items())
        return f"{{{{ mapped_value('{expression}', {{{listed}}}) }}}}"

    @property
    def _is_priced(self) -> bool:
        return "quantity" in self.line and "unit_price" in self.line

    def _amount_of_lines(self) -> str:
        if self._is_priced:
            quantity, price = (f"{self.rows}.{self.line[name].name}" for name in ("quantity", "unit_price"))
            discount = f" - coalesce({self.rows}.{self.line['discount_amount'].name}, 0)" if "discount_amount" in self.line else ""
            amount, self.told["order_amount"] = f"{quantity} * {price}{discount}", "the sum of its lines"
        else:
            column = self.columns["order_amount"]
            amount, self.told["order_amount"] = f"{self.rows}.{column.name}", f"the sum of {column.facts.header}"
            self.to_decide.append(f"orders.order_amount: is {column.facts.header} the line's (it is summed), or the order's on each line?")
        return f"cast(sum({amount}) as {{{{ type_money() }}}}) as order_amount"

    def _without(self, name: str) -> str:
        if name in _UNKNOWN:
            return f"'unknown' as {name}"
        if name == "paid_at":
            self.to_decide.append(
                f"{self.entity}.paid_at is null, so nothing counts as paid. Are orders paid when placed? Take ordered_at."
            )
        if name == "currency":
            if self.currency is not None:
                return f"'{self.currency}' as currency"
            self.to_decide.append(
                f"{self.entity}.currency is null: amounts need one. Write it into the view, or propose anew with --currency."
            )
        return f"cast(null as {{{{ {self._type(self.types[name])} }}}}) as {name}"

    @staticmethod
    def _type(data_type: str) -> str:
        return f"type_{_TYPES.get(data_type, 'money')}()"

    def _yaml(self) -> str:
        key = next(match[2] for line in self.pattern.splitlines() if (match := _ENTITY_KEY.search(line)))
        accounting: list[str] = []
        if self.leaves_returns:
            accounting.append(f"          left_out: {{returned_line: {self.quantity} <= 0}}")
            self.to_decide.append(
                f"{self.entity}: lines with a negative quantity are left out; are they returns? Then write stg_{self.source}__refunds.sql."
            )
        if self.is_grouped:
            accounting.append(f"          one_row_per: {{columns: [{self.order}], others: line_of_a_known_order}}")
        if self.feed.name != self.entity:
            accounting.insert(0, f"          feed: {self.feed.name}")
        config = ["    config:", "      meta:", "        accounting:", *accounting] if accounting else []
        grain = f"One row per {_ONE[self.entity]} of {self.source}."
        return "\n".join([
            "version: 2", "", "models:", f"  - name: stg_{self.source}__{self.entity}",
            f"    description: {grain} The columns mean what the feed contract.{self.entity} says.",
            *config, "    columns:", f"      - {{name: {key}, data_tests: [unique], description: \"{{{{ doc('{key}') }}}}\"}}", "",
        ])  # fmt: skip


_ONE = {
    "orders": "order", "order_items": "line of an order", "tickets": "ticket", "refunds": "refund", "customers": "customer",
    "products": "product",
}  # fmt: skip
