{#-
  The additive parts of one measure over the rows of `observed`, as a dict of column name to aggregate. What the parts are divided into stands in
  kpi_measure_columns. A ratio counts its numerator inside its denominator only, so that both share one cohort whatever the observation says.
-#}
{% macro kpi_measure_parts(measure) -%}
    {%- set id = measure.id -%}
    {%- set kind = measure.kind -%}
    {%- set value = 'observed.' ~ measure.get('value', '') -%}
    {%- set in_denominator = is_true('observed.' ~ measure.denominator) if measure.get('denominator') else 'true' -%}
    {%- set in_numerator = is_true('observed.' ~ measure.numerator) if measure.get('numerator') else 'true' -%}
    {%- set parts = {} -%}
    {%- if kind == 'sum' -%}
        {%- do parts.update({'_numerator': exact_sum(value), '_n': 'count(' ~ value ~ ')'}) -%}
    {%- elif kind == 'mean' -%}
        {%- do parts.update({'_numerator': exact_sum(value), '_squares': exact_sum_of_squares(value), '_n': 'count(' ~ value ~ ')'}) -%}
    {%- elif kind in ('median', 'p90') -%}
        {#- Interpolated in doubles, 0.9 of the way between two whole numbers has a hair too much in its last bits. Inputs have six decimals, so seven are exact. -#}
        {%- set share = '0.5' if kind == 'median' else '0.9' -%}
        {%- do parts.update({
            '_value': 'round(percentile_cont(' ~ share ~ ') within group (order by cast(' ~ value ~ ' as ' ~ type_double() ~ ')), 7)',
            '_n': 'count(' ~ value ~ ')'
        }) -%}
    {%- elif kind == 'ratio' and measure.get('flag') -%}
        {%- do parts.update({
            '_numerator': 'count(*) filter (where ' ~ is_true('observed.' ~ measure.flag) ~ ')',
            '_denominator': 'count(observed.' ~ measure.flag ~ ')'
        }) -%}
    {%- elif kind == 'ratio' -%}
        {%- do parts.update({
            '_numerator': 'count(*) filter (where ' ~ in_denominator ~ ' and ' ~ in_numerator ~ ')',
            '_denominator': 'count(*) filter (where ' ~ in_denominator ~ ')'
        }) -%}
    {%- elif kind == 'distinct_ratio' -%}
        {%- set key = 'observed.' ~ measure.key -%}
        {%- do parts.update({
            '_numerator': 'count(distinct case when ' ~ in_denominator ~ ' and ' ~ in_numerator ~ ' then ' ~ key ~ ' end)',
            '_denominator': 'count(distinct case when ' ~ in_denominator ~ ' then ' ~ key ~ ' end)'
        }) -%}
    {%- elif kind == 'weighted_ratio' -%}
        {%- set weight = 'case when ' ~ in_denominator ~ ' then observed.' ~ measure.weight ~ ' end' -%}
        {%- set weight_of_successes = 'case when ' ~ in_denominator ~ ' and ' ~ in_numerator ~ ' then observed.' ~ measure.weight ~ ' end' -%}
        {%- do parts.update({
            '_weighted': exact_sum(weight_of_successes),
            '_weights': exact_sum(weight),
            '_squares': exact_sum_of_squares(weight),
            '_n': 'count(' ~ weight ~ ')'
        }) -%}
    {%- elif kind == 'quotient' -%}
        {%- if measure.get('denominator_key') -%}
            {%- set denominator = 'count(distinct observed.' ~ measure.denominator_key ~ ')' -%}
            {%- set cases = denominator -%}
        {%- else -%}
            {%- set denominator = exact_sum('observed.' ~ measure.denominator) -%}
            {%- set cases = 'count(observed.' ~ measure.denominator ~ ')' -%}
        {%- endif -%}
        {%- do parts.update({
            '_numerator': exact_sum('observed.' ~ measure.numerator),
            '_denominator': denominator,
            '_n': cases
        }) -%}
    {%- else -%}
        {%- do exceptions.raise_compiler_error(
            "kpi_rollup: measure '" ~ id ~ "' has the kind '" ~ kind ~ "'; known are sum, mean, median, p90, ratio, distinct_ratio, weighted_ratio, quotient"
        ) -%}
    {%- endif -%}
    {%- set named = {} -%}
    {%- for suffix, aggregate in parts.items() -%}
        {%- do named.update({id ~ suffix: aggregate}) -%}
    {%- endfor -%}
    {{ return(named) }}
{%- endmacro %}
