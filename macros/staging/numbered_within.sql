{# The position of a line within its group, in the order of delivery and file: what tells two equal lines of an order apart. The relation
   has to hand on _extract_id and _line. #}
{% macro numbered_within(relation, group) -%}
    cast(row_number() over (
        partition by {{ relation }}.{{ group }}
        order by {{ relation }}._extract_id asc nulls last, {{ relation }}._line asc nulls last
    ) as {{ type_integer() }})
{%- endmacro %}
