{#- The text that puts ids in order: as they are, but every number in them counts as a number, so that 999 comes before 1000 and E9 before E10.
    Two ids that say the same number (7, 007) have one: the id itself follows in an order by. -#}
{% macro id_order(id) -%}
    {{ adapter.dispatch('id_order', 'aftersales')(id) }}
{%- endmacro %}

{#- Most ids are one number, perhaps behind a name: those need no regular expression, which would cost six times as much. -#}
{% macro default__id_order(id) -%}
    {%- set name = "rtrim(" ~ id ~ ", '0123456789')" -%}
    case
        when translate({{ name }}, '0123456789', '') = {{ name }} and length({{ id }}) - length({{ name }}) <= 40
            then {{ name }} || case
                when length({{ id }}) > length({{ name }}) then lpad(substring({{ id }}, length({{ name }}) + 1), 40, '0') else ''
            end
        else regexp_replace(
            regexp_replace({{ id }}, '([0-9]+)', '{{ "0" * 40 }}\1', 'g'), '[0-9]*([0-9]{40})', '\1', 'g'
        )
    end
{%- endmacro %}

{% macro spark__id_order(id) -%}
    regexp_replace(regexp_replace({{ id }}, '([0-9]+)', '{{ "0" * 40 }}$1'), '[0-9]*([0-9]{40})', '$1')
{%- endmacro %}
