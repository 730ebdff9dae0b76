{#- The element of a list at a position counted from 1; null where the list is. -#}
{% macro list_element(elements, position) -%}
    {{ adapter.dispatch('list_element', 'aftersales')(elements, position) }}
{%- endmacro %}

{% macro default__list_element(elements, position) -%}
    {{ elements }}[{{ position }}]
{%- endmacro %}

{% macro spark__list_element(elements, position) -%}
    element_at({{ elements }}, {{ position }})
{%- endmacro %}
