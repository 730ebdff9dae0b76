-- How many service-level clocks of tickets ran into a verdict, and met their target? By the day the ticket was opened.
-- noqa: disable=PRS,LT05
{% set measures = [] -%}
{% for metric in ['first_reply', 'resolution', 'result_feedback'] -%}
    {% do measures.append({'name': metric ~ '_in_time', 'count': "facts.metric = '" ~ metric ~ "' and facts.is_met"}) -%}
    {% do measures.append({'name': metric ~ '_judged', 'count': "facts.metric = '" ~ metric ~ "' and (facts.is_met or facts.is_breached)"}) -%}
{% endfor -%}

{{ measure_table([
    {'facts': ref('fct_ticket_sla'), 'date': 'created_on', 'dimensions': dimensions_of('ticket'), 'measures': measures}
]) }}
