"""Rules about the row accounting of the newest run: at every stage the rows that went in came out, or are left out under a name.

The counting is orchestration/accounting's; a rule here reads what it wrote down. Its first stage, from file to raw table, is asked of the
ledger before anything is built (``ledger_adds_up``).
"""

from __future__ import annotations

from collections.abc import Iterator

from expectations.sql import literal, text_of
from expectations.suites import Rule

ACCOUNTING = "quality.row_accounting"

# Stage, rule, what has to hold, and what a row of the accounting is about.
_STAGES = (
    (
        "staging",
        "accepted_rows_are_current_superseded_or_withdrawn",
        "each accepted row is in staging once, or superseded, withdrawn or left out there under a name (docs/row-accounting.md).",
        "entities",
    ),
    (
        "intermediate",
        "staged_rows_are_united_or_named",
        "each row of staging is in the intermediate layer once, or left out there under a name (docs/row-accounting.md).",
        "entities",
    ),
    (
        "core",
        "united_rows_are_in_their_mart_or_named",
        "each row of the intermediate layer is in its mart once, or left out there under a name (docs/row-accounting.md).",
        "entities",
    ),
)


def accounting_rules() -> Iterator[Rule]:
    """What has to hold of the newest run in ``quality.row_accounting`` before the marts are published: a rule a stage."""
    newest = f"(select newest.run_id from {ACCOUNTING} as newest order by newest.recorded_at desc nulls last, newest.run_id limit 1)"
    for stage, name, meaning, counted in _STAGES:
        of_stage = f"accounting.stage = {literal(stage)} and accounting.run_id = {newest}"
        yield Rule(
            name=name,
            severity="critical",
            meaning=meaning,
            checked=f"select count(*) from {ACCOUNTING} as accounting where {of_stage}",
            failing=f"""
                select {_IN_WORDS} as example
                from {ACCOUNTING} as accounting
                where {of_stage} and accounting.is_balanced is distinct from true
                union all
                select 'nothing was counted at this stage' as example
                where not exists (select 1 from {ACCOUNTING} as accounting where {of_stage})
            """,
            relations=(ACCOUNTING,),
            counted=counted,
        )


_IN_WORDS = f"""
    {text_of("accounting.source_system")} || '.' || {text_of("accounting.entity")}
    || case
        when accounting.difference > 0 then ': ' || {text_of("accounting.difference")} || ' lost'
        when accounting.difference < 0 then ': ' || {text_of("-accounting.difference")} || ' too many'
        else ''
    end
    || case when accounting.rows_doubled > 0 then ': ' || {text_of("accounting.rows_doubled")} || ' doubled' else '' end
    || ' between ' || {text_of("accounting.from_table")} || ' (' || {text_of("accounting.rows_in")} || ' rows) and '
    || {text_of("accounting.to_table")} || ' (' || {text_of("accounting.rows_out")} || ')'
    || coalesce(', left out: ' || accounting.left_out, '')
"""
