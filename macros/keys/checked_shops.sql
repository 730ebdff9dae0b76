{# What var('shops') says, once it is sure that each source system is known and of one shop. #}
{% macro checked_shops() -%}
    {%- set shops = var('shops', {}) -%}
    {%- set known = var('staged_entities', {}).keys() | list -%}
    {%- set shop_of_system = {} -%}
    {%- for shop, systems in shops.items() -%}
        {%- if not modules.re.fullmatch('[A-Za-z0-9_-]+', shop) -%}
            {{ exceptions.raise_compiler_error("vars: shops: '" ~ shop ~ "' is no name for a shop; use letters, digits, _ and -") }}
        {%- endif -%}
        {%- for system in systems -%}
            {%- if system not in known -%}
                {{ exceptions.raise_compiler_error(
                    "vars: shops: shop '" ~ shop ~ "' lists '" ~ system ~ "', which is no source system of vars: staged_entities ("
                    ~ known | join(', ') ~ '); correct the name, or stage the source first'
                ) }}
            {%- elif system in shop_of_system -%}
                {{ exceptions.raise_compiler_error(
                    "vars: shops: source system '" ~ system ~ "' is listed by '" ~ shop_of_system[system] ~ "' and by '" ~ shop
                    ~ "'; leave it in one of them. A system that serves several stores tells them apart by shop_id"
                ) }}
            {%- endif -%}
            {%- do shop_of_system.update({system: shop}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for shop in shops if shop in known and shop_of_system.get(shop) != shop -%}
        {{ exceptions.raise_compiler_error(
            "vars: shops: '" ~ shop ~ "' is the name of a source system that is not of this shop; name the shop otherwise, or list the source in it"
        ) }}
    {%- endfor -%}
    {{ return(shops) }}
{%- endmacro %}
