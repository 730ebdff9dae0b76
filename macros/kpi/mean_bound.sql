{#-
  One bound of the 95 % normal interval of a mean, from the count, the sum and the sum of squares, with the sample variance. Null below two
  cases, which say nothing about spread.
-#}
{% macro mean_bound(sign, cases, total, total_of_squares) -%}
    {%- set n = 'cast(' ~ cases ~ ' as ' ~ type_double() ~ ')' -%}
    {%- set s = 'cast(' ~ total ~ ' as ' ~ type_double() ~ ')' -%}
    {%- set q = 'cast(' ~ total_of_squares ~ ' as ' ~ type_double() ~ ')' -%}
    case
        when {{ cases }} > 1
            then {{ s }} / {{ n }}
                {{ sign }} {{ interval_z() }}e0 * sqrt(greatest(0e0, {{ q }} - {{ s }} * {{ s }} / {{ n }}) / ({{ n }} - 1) / {{ n }})
    end
{%- endmacro %}
