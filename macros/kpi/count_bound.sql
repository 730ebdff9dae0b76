{#-
  One bound of the interval of a number of independent events (Byar's approximation of the exact Poisson one), sign '-' for the lower and '+' for the
  upper; z is 1.96 for 95 %. It errs to the safe side where the number is small. 0 events have the lower bound 0.
-#}
{% macro count_bound(sign, events, z=none) -%}
    {%- set k = 'cast(' ~ events ~ ' as ' ~ type_double() ~ ')' -%}
    {%- set k = '(' ~ k ~ ' + 1)' if sign == '+' else 'nullif(' ~ k ~ ', 0)' -%}
    {%- set root = '(1 - 1 / (9 * ' ~ k ~ ') ' ~ sign ~ ' ' ~ (z or interval_z() ~ 'e0') ~ ' / (3 * sqrt(' ~ k ~ ')))' -%}
    {%- set bound = k ~ ' * ' ~ root ~ ' * ' ~ root ~ ' * ' ~ root -%}
    {{ bound if sign == '+' else 'greatest(0e0, coalesce(' ~ bound ~ ', 0e0))' }}
{%- endmacro %}
