-- On which channels do tickets come in? A period with tickets has a row for each channel, also for one that nobody used, and one for
-- tickets of no known channel where there are any.
{{ config(materialized='by_period') }}
{% set channels = {} -%}
{% for channel in ['phone', 'chat', 'email', 'social', 'app', 'self_service', 'bot', 'store'] -%}
    {% do channels.update({'tickets_on_' ~ channel: channel}) -%}
{% endfor -%}
{% do channels.update({'tickets_on_no_known_channel': 'unknown'}) -%}

with

shares as (

    {{ kpi_shares(ref('measure_tickets'), channels, 'tickets_created') }}

)

select
    shares.period_grain,
    shares.period_start,
    shares.dimension,
    shares.member,
    shares.part as channel,

    shares.case_count as ticket_count,
    shares.total_count as all_ticket_count,
    shares.share as ticket_share,
    shares.lower as ticket_share_lower,
    shares.upper as ticket_share_upper

from shares
where
    shares.dimension <> 'channel'
    and (shares.part <> 'unknown' or shares.case_count > 0)
{{ built_from([fingerprints_of(ref('measure_tickets'))]) }}
