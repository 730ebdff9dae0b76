{#- The text that puts ids in order: as they are, but every number in them counts as a number, so that 999 comes before 1000 and E9 before E10.
    Two ids that say the same number (7, 007) have one: the id itself follows in an order by. -#}
{% macro id_order(id) -%}
    {{ adapter.dispatch('id_order', 'aftersales')(id) }}
{%- endmacro %}

{#- Most ids are one number, perhaps behind a name: looking for that costs a tenth of replacing every number. -#}
{% macro default__id_order(id) -%}
    case
        when regexp_full_match({{ id }}, '[^0-9]*[0-9]{1,40}')
            then regexp_extract({{ id }}, '^[^0-9]*') || right('{{ "0" * 40 }}' || regexp_extract({{ id }}, '[0-9]+$'), 40)
        else regexp_replace(
            regexp_replace({{ id }}, '([0-9]+)', '{{ "0" * 40 }}\1', 'g'), '[0-9]*([0-9]{40})', '\1', 'g'
        )
    end
{%- endmacro %}

{% macro spark__id_order(id) -%}
    regexp_replace(regexp_replace({{ id }}, '([0-9]+)', '{{ "0" * 40 }}$1'), '[0-9]*([0-9]{40})', '$1')
{%- endmacro %}
