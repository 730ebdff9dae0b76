{#
  The shop that a row belongs to: what var('shops') runs as one, else its source system by itself. A shop_id, where the row has one, follows
  after a slash: one system that serves several stores is as many shops.
#}
{% macro shop_of(source_system, shop_id=none) -%}
    {%- set shops = checked_shops() -%}
    {%- if shops -%}
        case {{ source_system }}
        {%- for shop, systems in shops.items() -%}
            {%- for system in systems %} when '{{ system }}' then '{{ shop }}'{% endfor -%}
        {%- endfor %} else {{ source_system }} end
    {%- else -%}
        {{ source_system }}
    {%- endif -%}
    {%- if shop_id is not none %} || coalesce('/' || {{ shop_id }}, ''){% endif -%}
{%- endmacro %}
