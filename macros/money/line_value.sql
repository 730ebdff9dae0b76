{#- What some units of a line come to, to the cent: their share of its amount, never more than all of it. -#}
{% macro line_value(line_amount, units, line_units) -%}
    {{ to_cents(
        'cast(' ~ line_amount ~ ' as ' ~ type_double() ~ ') * ' ~ safe_divide('least(' ~ units ~ ', ' ~ line_units ~ ')', line_units)
    ) }}
{%- endmacro %}
