"""Rules that count a measure a second time, straight from the core facts, and compare it with the figures that are made of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from expectations.outbound.definitions import DEFINITIONS
from expectations.outbound.families import differ
from expectations.outbound.mart import Mart
from expectations.sql import literal, relation, text_of
from expectations.suites import Rule


@dataclass(frozen=True)
class Reconciliation:
    """A measure that over all years is ``aggregate`` over the rows of a core fact ``where`` something holds, by its columns ``needs``."""

    measure: str
    fact: str
    aggregate: str = "count(*)"
    where: str = "true"
    needs: tuple[str, ...] = ()


# What is asked about spam, or before a sale, is in no figure of satisfaction.
_SCORED = "facts.is_in_scope and facts.is_valid and facts.overall_score is not null"
_OF_SCORED = ("is_in_scope", "is_valid", "overall_score")
_SATISFIED = "facts.is_in_scope and facts.is_valid and coalesce(facts.overall_score >= 4, facts.satisfied_score = 1)"

# Orders of sources that say why orders are cancelled, or had none to cancel.
_TELLING_WHY = (
    "facts.source_system in (select told.source_system from core.fct_orders as told group by told.source_system"
    " having count(told.cancel_reason) > 0 or count(*) filter (where told.is_cancelled) = 0)"
)

# A part of a figure is its measure's total divided by this column of the definition.
_FACTORS = {"numerator": "divisor", "denominator": "scale"}

RECONCILIATIONS = (
    Reconciliation("surveys_sent", "core.fct_survey_invitations", where="facts.is_in_scope", needs=("is_in_scope",)),
    Reconciliation("responses_with_overall", "core.fct_survey_responses", where=_SCORED, needs=_OF_SCORED),
    Reconciliation("responses_satisfied", "core.fct_survey_responses", where=_SATISFIED, needs=(*_OF_SCORED, "satisfied_score")),
    Reconciliation("overall_score", "core.fct_survey_responses", "sum(facts.overall_score)", _SCORED, _OF_SCORED),
    Reconciliation("tickets_created", "core.fct_tickets", where="facts.is_in_scope", needs=("is_in_scope",)),
    Reconciliation(
        "created_tickets_resolved",
        "core.fct_tickets",
        where="facts.is_in_scope and facts.is_resolved",
        needs=("is_in_scope", "is_resolved"),
    ),
    Reconciliation(
        "complaint_tickets_created",
        "core.fct_tickets",
        where="facts.is_in_scope and facts.is_complaint",
        needs=("is_in_scope", "is_complaint"),
    ),
    Reconciliation("tickets_with_quality_score", "core.fct_ticket_outcomes", "count(facts.quality_score)", needs=("quality_score",)),
    Reconciliation("requests_made", "core.fct_after_sales_requests"),
    Reconciliation("refunded_amount", "core.fct_refunds", "sum(facts.reporting_refund_amount)", needs=("reporting_refund_amount",)),
    Reconciliation("suggestions_raised", "core.fct_product_suggestions"),
    Reconciliation("suggestions_accepted", "core.fct_product_suggestions", where="facts.is_accepted", needs=("is_accepted",)),
    Reconciliation("suggestions_released", "core.fct_product_suggestions", where="facts.is_released", needs=("is_released",)),
    Reconciliation("expectation_pairs", "core.fct_expectation_items", where="facts.is_pair", needs=("is_pair",)),
    Reconciliation("expectation_gap", "core.fct_expectation_items", "sum(facts.gap)", needs=("gap",)),
    Reconciliation("orders_with_known_cancellation", "core.fct_orders", where=_TELLING_WHY, needs=("is_cancelled", "cancel_reason")),
    Reconciliation(
        "orders_refunded_amount",
        "core.fct_refunds",
        "sum(facts.reporting_refund_amount)",
        "facts.order_key in (select orders.order_key from core.fct_orders as orders where orders.is_paid)",
        ("reporting_refund_amount",),
    ),
    Reconciliation(
        "orders_with_escalated_request", "core.fct_orders", where="facts.is_escalated_to_platform", needs=("is_escalated_to_platform",)
    ),
    Reconciliation(
        "orders_cancelled_for_service", "core.fct_orders", where="facts.is_cancelled_for_service", needs=("is_cancelled_for_service",)
    ),
    Reconciliation("orders_assisted", "core.fct_assisted_orders"),
    Reconciliation(
        "assisted_orders_net_amount", "core.fct_assisted_orders", "sum(facts.reporting_net_amount)", needs=("reporting_net_amount",)
    ),
    *(
        Reconciliation(measure, "core.fct_ticket_next_orders", f"count(facts.{column})", needs=(column,))
        for measure, column in (
            ("tickets_resolved_90d_ago", "is_ordered_within_90d"),
            ("tickets_resolved_180d_ago", "is_ordered_within_180d"),
            ("presale_tickets_7d_old", "is_converted_within_7d"),
        )
    ),
    Reconciliation("requests_approved", "core.fct_after_sales_requests", where="facts.is_approved", needs=("is_approved",)),
    Reconciliation(
        "return_value_retained",
        "core.fct_after_sales_requests",
        "sum(facts.reporting_retained_amount)",
        needs=("reporting_retained_amount",),
    ),
    Reconciliation(
        "service_costs_incurred", "core.fct_service_costs", "sum(facts.reporting_cost_amount)", needs=("reporting_cost_amount",)
    ),
    *(
        Reconciliation(
            f"{category}_cost",
            "core.fct_service_costs",
            "sum(facts.reporting_cost_amount)",
            f"facts.cost_category = '{category}'",
            ("reporting_cost_amount", "cost_category"),
        )
        for category in ("labour", "logistics", "repair", "warehousing", "customer_service", "quality")
    ),
)


def reconciliation_rules(fact: Mart, families: Sequence[Mart]) -> Iterator[Rule]:
    """One rule over the parts of figures in ``families`` that can be counted again from the rows of ``fact``."""
    counted_again = [one for one in RECONCILIATIONS if one.fact == fact.subject and fact.has(*one.needs)]
    if not counted_again or not families:
        return
    core = " union all ".join(
        f"select {literal(one.measure)} as measure, cast(coalesce({one.aggregate}, 0) as double) as total "
        f"from {fact.relation} as facts where {one.where}"
        for one in counted_again
    )
    parts = " union all ".join(
        f"""
            select mart.kpi_id, definitions.{part} as measure, mart.{part} * definitions.{factor} as total
            from {family.relation} as mart
            inner join {relation(DEFINITIONS)} as definitions
                on mart.kpi_id = definitions.kpi_id
            where mart.period_grain = 'year' and mart.dimension = 'overall'
        """
        for family in families
        for part, factor in _FACTORS.items()
    )
    # A measure of which no family has a figure is not counted yet.
    compared = f"""
        select parts.kpi_id, parts.measure, core.total as in_core, coalesce(sum(parts.total), 0) as in_family
        from ({parts}) as parts
        inner join ({core}) as core
            on parts.measure = core.measure
        group by parts.kpi_id, parts.measure, core.total
    """
    yield Rule(
        name="figures_reconcile_with_core",
        severity="critical",
        meaning="what a KPI counts over all years is what the rows of the fact sum to.",
        given=compared,
        checked="select count(*) from given",
        failing=f"""
            select
                compared.measure || ' of ' || compared.kpi_id || ' is ' || {text_of("compared.in_family")}
                || ', the rows sum to ' || {text_of("compared.in_core")} as example
            from given as compared
            where {differ("compared.in_family", "compared.in_core")}
        """,
        relations=(fact.subject, DEFINITIONS, *(family.subject for family in families)),
        counted="figures",
    )
