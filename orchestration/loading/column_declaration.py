"""What is declared of one column of a feed. Reading it from YAML, and how columns fit together, stands in ``declarations``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

# How names end of text that stands for something: numbers of orders, tickets, goods.
_NAMES_A_THING = ("_id", "_no", "_nr", "_number", "_sku")
_SQL_TYPES = {
    "text": "varchar",
    "integer": "bigint",
    "seconds": "bigint",
    "double": "double",
    "boolean": "boolean",
    "timestamp": "timestamp",
    "date": "date",
}


class ColumnDeclaration(BaseModel):
    """One column of a feed, as the raw table holds it."""

    model_config = ConfigDict(frozen=True)

    name: str
    data_type: str
    description: str = ""
    is_key: bool = False
    required: bool = False
    accepted_values: tuple[str, ...] = ()
    pii: bool = False
    # The feed of another source of the shop, <source>.<feed>, whose ids the column holds.
    refers_to: str | None = None
    # By what its values tell that customers of several sources are one person; the country of telephone numbers that tell none.
    identifies: Literal["customer", "email", "phone"] | None = None
    country_prefix: str | None = None
    header: str
    # Under what other names it may come.
    other_headers: tuple[str, ...] = ()
    # It takes all that is delivered and not declared, as one JSON object.
    is_collected: bool = False
    # Texts that mean null in this column, beside those of its feed.
    null_markers: tuple[str, ...] = ()
    # It says what is planned, and may lie after the delivery.
    is_plan: bool = False

    @property
    def headers(self) -> tuple[str, ...]:
        """The names under which it may come; none of one that collects what is not declared."""
        return () if self.is_collected else (self.header, *self.other_headers)

    @property
    def is_moment(self) -> bool:
        """Whether it says when something happened."""
        return self.data_type in ("timestamp", "date") and not self.is_plan

    @property
    def is_number(self) -> bool:
        """Whether it holds a number."""
        return self.data_type in ("integer", "double") or self.data_type.startswith("decimal")

    @property
    def is_id(self) -> bool:
        """Whether its text names a thing: this row, or another."""
        return self.data_type == "text" and (self.is_key or self.refers_to is not None or self.name.endswith(_NAMES_A_THING))

    @property
    def sql_type(self) -> str:
        """The DuckDB type of the column in the raw table."""
        return _SQL_TYPES.get(self.data_type, self.data_type)
