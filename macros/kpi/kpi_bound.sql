{#-
  One bound of a figure's 95 % interval, of the kind that its definition names: Wilson's for a share of counted cases; for a share of weights
  Wilson's at the effective sample size, (sum of weights)² ÷ sum of squared weights; the normal one for a mean; else none.
-#}
{% macro kpi_bound(sign) -%}
    {%- set share = safe_divide('figures.numerator', 'figures.denominator') -%}
    {%- set effective = safe_divide('figures.denominator * figures.denominator', 'figures.denominator_squares') -%}
    case figures.interval
        when 'wilson' then {{ wilson_bound(sign, 'figures.numerator', 'figures.denominator') }}
        when 'wilson_weighted' then {{ wilson_bound(sign, '(' ~ share ~ ' * ' ~ effective ~ ')', effective) }}
        when 'normal' then {{ mean_bound(sign, 'figures.numerator_n', 'figures.numerator', 'figures.numerator_squares') }}
    end
{%- endmacro %}
