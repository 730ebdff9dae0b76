-- What was delivered, and how much of it came back, as units, lines and value? By the day of delivery, of shops that tell their returns;
-- mature is a line whose return window is over. Units and values below 0 are nobody's share of anything.
-- noqa: disable=PRS,LT05
{% set if_mature = 'case when facts.is_return_window_over and facts.quantity >= 0 then facts.' -%}
{% set if_mature_with_value = 'case when facts.is_return_window_over and facts.reporting_line_amount >= 0 then facts.' -%}
{{ measure_table([
    {'facts': ref('fct_order_items'), 'date': 'delivered_on', 'dimensions': dimensions_of('order'), 'measures': [
            {'name': 'units_delivered', 'sum': 'facts.quantity'},
            {'name': 'lines_delivered', 'count': 'true'},
            {'name': 'value_delivered', 'sum': 'case when facts.reporting_line_amount >= 0 then facts.reporting_line_amount end'},
            {'name': 'mature_units_delivered', 'sum': if_mature ~ 'quantity end', 'squares': true},
            {'name': 'mature_units_returned', 'sum': if_mature ~ 'returned_quantity end'},
            {'name': 'mature_lines_delivered', 'count': 'facts.is_return_window_over'},
            {'name': 'mature_lines_returned', 'count': 'facts.is_return_window_over and facts.returned_quantity > 0'},
            {'name': 'mature_value_delivered', 'sum': if_mature_with_value ~ 'reporting_line_amount end', 'squares': true},
            {'name': 'mature_value_returned', 'sum': if_mature_with_value ~ 'reporting_returned_amount end'}
    ], 'where': of_shops_with(ref('fct_after_sales_requests'))}
]) }}
