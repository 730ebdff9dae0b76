{#- The value of a noted_by column that an input names: <table>.<period>.<value>, as compared_fingerprints writes it; '' where it names none. -#}
{% macro named_value(input) -%}
    split_part({{ input }}, '.', 3)
{%- endmacro %}
