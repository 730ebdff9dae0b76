{#- What a materialization of one relation does, where `creation` creates it: the one that was there goes in the same transaction. -#}
{% macro made_in_place(type, creation) -%}
    {%- set target_relation = this.incorporate(type=type) -%}
    {%- set existing_relation = load_cached_relation(this) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if existing_relation is not none and existing_relation.type != type -%}
        {{ drop_relation_if_exists(existing_relation) }}
    {%- endif %}
    {% call statement('main') -%}
        drop {{ type }} if exists {{ target_relation }};
        {{ creation }}
    {%- endcall %}

    {{ return(commit_with_hooks(target_relation)) }}
{%- endmacro %}
