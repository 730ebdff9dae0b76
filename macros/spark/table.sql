{#- As dbt-spark makes a table, but in steps where calculated_once marks them. Without a contract the columns are those of the query. -#}
{% materialization table, adapter='spark' %}
    {%- set target_relation = this.incorporate(type='table') -%}

    {{ run_hooks(pre_hooks) }}
    {{ drop_relation_if_exists(load_cached_relation(this)) }}
    {{ made_in_steps(target_relation, model.columns if config.get('contract').enforced else {}, sql) }}
    {{ run_hooks(post_hooks) }}
    {% do persist_docs(target_relation, model) %}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
