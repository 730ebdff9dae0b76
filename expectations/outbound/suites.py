"""Assembles the outbound suites: one per table of a snapshot, and one over all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from expectations.outbound.accounting import ACCOUNTING, accounting_rules
from expectations.outbound.copying import copy_rules, every_row_is_copied, whole_snapshot_suite
from expectations.outbound.definitions import DEFINITIONS, Definition, definitions_are_those_of_the_seed
from expectations.outbound.facts import fact_rules
from expectations.outbound.families import family_rules, is_family
from expectations.outbound.forecasts import forecast_rules
from expectations.outbound.mart import Mart
from expectations.outbound.reconciliation import reconciliation_rules
from expectations.outbound.scoreboard import changes_are_split_whole, figures_are_those_of_the_families, is_scoreboard, is_split
from expectations.outbound.shape import shape_rules
from expectations.outbound.tickets import ticket_rules
from expectations.suites import Rule, Suite


def outbound_suites(
    marts: Sequence[Mart],
    definitions: Sequence[Definition],
    *,
    personal_columns: Collection[str],
    rows: Mapping[str, int],
    record_columns: Collection[str] = (),
    as_of: datetime | None = None,
) -> list[Suite]:
    """What has to hold of a snapshot before it is announced.

    ``personal_columns`` are names that only a selected column may have: one that a mart describes, or, of the tables beside the marts, one
    of ``record_columns`` (schema.table.column). ``rows`` says of every table in the snapshot how many rows the warehouse has.
    """
    by_subject = {mart.subject: mart for mart in marts}
    families = [mart for mart in marts if is_family(mart)]
    described = [f"{mart.subject}.{name}" for mart in marts for name in mart.column_names]

    def rules(mart: Mart) -> Iterator[Rule]:
        yield from copy_rules(mart, rows.get(mart.subject, 0))
        yield from shape_rules(mart, as_of)
        yield from fact_rules(mart, by_subject)
        yield from ticket_rules(mart, by_subject)
        yield from reconciliation_rules(mart, families)
        yield from forecast_rules(mart, by_subject)
        if mart in families:
            yield from family_rules(mart)
        if is_scoreboard(mart) and families:
            yield figures_are_those_of_the_families(mart, families)
        if is_split(mart):
            yield from (changes_are_split_whole(mart, board) for board in marts if is_scoreboard(board))
        if mart.subject == DEFINITIONS:
            yield definitions_are_those_of_the_seed(mart, definitions)

    return [
        *(
            Suite(subject=mart.subject, meaning=f"The mart {mart.name}, as readers will see it.", rules=tuple(rules(mart)))
            for mart in marts
        ),
        *(_records_suite(subject, rows[subject]) for subject in sorted(rows.keys() - by_subject.keys())),
        whole_snapshot_suite(personal_columns, [*record_columns, *described]),
    ]


def _records_suite(subject: str, rows: int) -> Suite:
    """What has to hold of a table that is published beside the marts: of the accounting, that no row was lost."""
    more = accounting_rules() if subject == ACCOUNTING else ()
    return Suite(
        subject=subject, meaning="What the warehouse noted of files, rows and checks.", rules=(every_row_is_copied(subject, rows), *more)
    )
