{#- The end of a materialization of one relation, and what it returns: whatever was made of it comes to be at once. -#}
{% macro commit_with_hooks(relation) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do persist_docs(relation, model) %}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [relation]}) }}
{%- endmacro %}
