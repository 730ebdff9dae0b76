{#-
  A table, made in place: nobody sees within a transaction that it is gone. dbt-duckdb's own way, by a second name and two renamings, takes three
  statements and as many contexts more for each model.
-#}
{% materialization table, adapter='duckdb' %}
    {{ return(made_in_place('table', create_table_as(False, this.incorporate(type='table'), sql))) }}
{% endmaterialization %}
