-- How were the resolved tickets solved? A period with resolved tickets has a row for each code, and one for tickets without a code where
-- there are any.
{{ config(materialized='by_period') }}
{% set codes = {} -%}
{% for code in ['root_cause_solved', 'targeted_solution', 'guided_self_solve', 'referred_to_repair', 'unsolved'] -%}
    {% do codes.update({'tickets_resolved_by_' ~ code: code}) -%}
{% endfor -%}
{% do codes.update({'tickets_resolved_by_no_known_code': 'unknown'}) -%}

with

shares as (

    {{ kpi_shares(ref('measure_tickets'), codes, 'created_tickets_resolved') }}

)

select
    shares.period_grain,
    shares.period_start,
    shares.dimension,
    shares.member,
    shares.part as resolution_code,

    shares.case_count as ticket_count,
    shares.total_count as resolved_ticket_count,
    shares.share as ticket_share,
    shares.lower as ticket_share_lower,
    shares.upper as ticket_share_upper

from shares
where shares.part <> 'unknown' or shares.case_count > 0
{{ built_from([fingerprints_of(ref('measure_tickets'))]) }}
