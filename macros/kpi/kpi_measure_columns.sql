{#-
  The six published columns of one measure, from its parts in `cells`: a dict of column name to expression. Here, and last, it is divided.
  A weighted ratio publishes no numerator and denominator, since weights are no count of anything; its interval is Wilson's at the effective
  sample size, (sum of weights)² / sum of squared weights.
-#}
{% macro kpi_measure_columns(measure) -%}
    {%- set id = measure.id -%}
    {%- set kind = measure.kind -%}
    {%- set part = 'cells.' ~ id -%}
    {%- set divisor = measure.get('divisor', 1) -%}
    {%- set no_number = 'cast(null as ' ~ type_double() ~ ')' -%}
    {%- set parts = {'_numerator': no_number, '_denominator': no_number, '_lower': no_number, '_upper': no_number} -%}
    {%- if kind == 'sum' -%}
        {%- set total = '(cast(coalesce(' ~ part ~ '_numerator, 0) as ' ~ type_double() ~ ') / ' ~ divisor ~ ')' -%}
        {%- do parts.update({'': total, '_numerator': total, '_n': part ~ '_n'}) -%}
    {%- elif kind == 'mean' -%}
        {%- set total = '(cast(coalesce(' ~ part ~ '_numerator, 0) as ' ~ type_double() ~ ') / ' ~ divisor ~ ')' -%}
        {%- set squares = '(cast(' ~ part ~ '_squares as ' ~ type_double() ~ ') / ' ~ divisor ~ ' / ' ~ divisor ~ ')' -%}
        {%- do parts.update({
            '': safe_divide(total, part ~ '_n'),
            '_numerator': total,
            '_denominator': part ~ '_n',
            '_n': part ~ '_n',
            '_lower': mean_lower(part ~ '_n', total, squares),
            '_upper': mean_upper(part ~ '_n', total, squares)
        }) -%}
    {%- elif kind in ('median', 'p90') -%}
        {%- do parts.update({'': part ~ '_value / ' ~ divisor, '_n': part ~ '_n'}) -%}
    {%- elif kind in ('ratio', 'distinct_ratio') -%}
        {%- do parts.update({
            '': safe_divide(part ~ '_numerator', part ~ '_denominator'),
            '_numerator': part ~ '_numerator',
            '_denominator': part ~ '_denominator',
            '_n': part ~ '_denominator',
            '_lower': wilson_lower(part ~ '_numerator', part ~ '_denominator'),
            '_upper': wilson_upper(part ~ '_numerator', part ~ '_denominator')
        }) -%}
    {%- elif kind == 'weighted_ratio' -%}
        {%- set share = safe_divide('coalesce(' ~ part ~ '_weighted, 0)', part ~ '_weights') -%}
        {%- set effective = safe_divide('cast(' ~ part ~ '_weights as ' ~ type_double() ~ ') * cast(' ~ part ~ '_weights as ' ~ type_double() ~ ')', part ~ '_squares') -%}
        {%- do parts.update({
            '': share,
            '_n': part ~ '_n',
            '_lower': wilson_lower('(' ~ share ~ ' * ' ~ effective ~ ')', effective),
            '_upper': wilson_upper('(' ~ share ~ ' * ' ~ effective ~ ')', effective)
        }) -%}
    {%- elif kind == 'quotient' -%}
        {%- set numerator = '(cast(coalesce(' ~ part ~ '_numerator, 0) as ' ~ type_double() ~ ') / ' ~ divisor ~ ')' -%}
        {%- set denominator = 'coalesce(' ~ part ~ '_denominator, 0)' -%}
        {%- do parts.update({
            '': safe_divide(numerator, denominator),
            '_numerator': numerator,
            '_denominator': denominator,
            '_n': part ~ '_n'
        }) -%}
    {%- endif -%}
    {%- set named = {} -%}
    {%- for suffix in ['', '_numerator', '_denominator', '_n', '_lower', '_upper'] -%}
        {%- set type = type_integer() if suffix == '_n' else type_double() -%}
        {%- do named.update({id ~ suffix: 'cast(' ~ parts[suffix] ~ ' as ' ~ type ~ ')'}) -%}
    {%- endfor -%}
    {{ return(named) }}
{%- endmacro %}
