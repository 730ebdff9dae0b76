{#-
  One bound of the 95 % Wilson score interval of a share, sign '-' for the lower and '+' for the upper. Null over no case. Rounding must not
  carry a bound over 0 or 1, hence the clamp; the case is there because greatest() skips nulls.
-#}
{% macro wilson_bound(sign, successes, cases) -%}
    {%- set k = 'cast(' ~ successes ~ ' as ' ~ type_double() ~ ')' -%}
    {%- set n = 'cast(' ~ cases ~ ' as ' ~ type_double() ~ ')' -%}
    {%- set z = interval_z() -%}
    case
        when {{ cases }} > 0 and {{ successes }} is not null
            then greatest(0e0, least(1e0, (
                {{ k }} + {{ z }}e0 * {{ z }}e0 / 2
                {{ sign }} {{ z }}e0 * sqrt(greatest(0e0, {{ k }} * ({{ n }} - {{ k }}) / {{ n }}) + {{ z }}e0 * {{ z }}e0 / 4)
            ) / ({{ n }} + {{ z }}e0 * {{ z }}e0)))
    end
{%- endmacro %}
