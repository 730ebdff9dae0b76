{#- Whether a request was made because of what the shop sent: broken, other than described, wrong, or damaged on the way. -#}
{% macro is_quality_reason(reason) -%}
    {{ reason }} in ('quality_defect', 'not_as_described', 'wrong_item', 'damaged_in_transit')
{%- endmacro %}
