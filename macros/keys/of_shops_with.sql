{#- The condition on rows that their shop has rows in another table: what a shop never tells is not divided by what it does tell. -#}
{% macro of_shops_with(told, rows='facts') -%}
    {{ shop_of(rows ~ '.source_system') }} in (select {{ shop_of('told.source_system') }} from {{ told }} as told)
{%- endmacro %}
