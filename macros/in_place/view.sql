{#- A view, made in place as a table is. -#}
{% materialization view, adapter='duckdb' %}
    {{ return(made_in_place('view', get_create_view_as_sql(this.incorporate(type='view'), sql))) }}
{% endmaterialization %}
