"""Rules that count a KPI a second time, straight from the core facts, and compare it with the mart of its family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from expectations.outbound.kpi_marts import differ
from expectations.outbound.mart import Mart
from expectations.sql import identifier, literal, text_of
from expectations.suites import Rule


@dataclass(frozen=True)
class Reconciliation:
    """A column of a family's mart that, over all years, is ``aggregate`` over the rows of a core fact ``where`` something holds.

    ``needs`` are the columns of the fact that both name.
    """

    column: str
    fact: str
    aggregate: str
    needs: tuple[str, ...] = ()
    where: str = "true"


_VALID = "facts.is_valid and facts.survey_type = 'service' and facts.overall_score is not null"
_OF_RESPONSES = ("is_valid", "survey_type", "overall_score")

RECONCILIATIONS = (
    Reconciliation("survey_sent_count_n", "core.fct_survey_invitations", "count(*)"),
    Reconciliation("csat_rate_denominator", "core.fct_survey_responses", "count(*)", _OF_RESPONSES, _VALID),
    Reconciliation("csat_rate_numerator", "core.fct_survey_responses", "count(*)", _OF_RESPONSES, f"{_VALID} and facts.overall_score >= 4"),
    Reconciliation("csat_mean_numerator", "core.fct_survey_responses", "sum(facts.overall_score)", _OF_RESPONSES, _VALID),
    Reconciliation("ticket_count_n", "core.fct_tickets", "count(*)", ("is_in_scope",), "facts.is_in_scope"),
    Reconciliation("request_count_n", "core.fct_after_sales_requests", "count(*)"),
    Reconciliation("refund_amount_numerator", "core.fct_refunds", "sum(facts.reporting_refund_amount)", ("reporting_refund_amount",)),
    Reconciliation("after_sales_cost_numerator", "core.fct_service_costs", "sum(facts.reporting_cost_amount)", ("reporting_cost_amount",)),
    Reconciliation("suggestion_count_n", "core.fct_product_suggestions", "count(*)"),
    Reconciliation("service_cancellation_rate_denominator", "core.fct_orders", "count(*)"),
)


def reconciliation_rules(mart: Mart, marts: Mapping[str, Mart]) -> Iterator[Rule]:
    """One rule over every column of ``mart`` that can be counted again from the core facts among ``marts``."""
    counted_again = [
        reconciliation
        for reconciliation in RECONCILIATIONS
        if mart.has(reconciliation.column) and reconciliation.fact in marts and marts[reconciliation.fact].has(*reconciliation.needs)
    ]
    if not counted_again:
        return
    compared = " union all ".join(_comparison(mart, marts[reconciliation.fact], reconciliation) for reconciliation in counted_again)
    facts = sorted({reconciliation.fact for reconciliation in counted_again})
    yield Rule(
        name="counts_reconcile_with_core",
        severity="critical",
        meaning=f"what the mart counts over all years is what {', '.join(facts)} hold.",
        checked=f"select count(*) from ({compared}) as compared",
        failing=f"""
            select
                compared.column_name || ' is ' || {text_of("compared.in_mart")}
                || ', ' || compared.fact || ' has ' || {text_of("compared.in_core")} as example
            from ({compared}) as compared
            where {differ("compared.in_mart", "compared.in_core")}
        """,
        relations=(mart.subject, *facts),
        counted="figures",
    )


def _comparison(mart: Mart, fact: Mart, reconciliation: Reconciliation) -> str:
    return f"""
        select
            {literal(reconciliation.column)} as column_name,
            {literal(reconciliation.fact)} as fact,
            (
                select cast(coalesce(sum({identifier("mart", reconciliation.column)}), 0) as double)
                from {mart.relation} as mart
                where mart.period_grain = 'year' and mart.dimension = 'overall'
            ) as in_mart,
            (
                select cast(coalesce({reconciliation.aggregate}, 0) as double)
                from {fact.relation} as facts
                where {reconciliation.where}
            ) as in_core
    """
