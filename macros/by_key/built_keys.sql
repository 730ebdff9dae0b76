{#- What the keys of fingerprinted models were last built from, and whether they were open then: what is open goes on with as_of. -#}
{% macro built_keys() -%}
    {{ working_schema() }}.noted_keys
{%- endmacro %}

{#- Of which project the last build was, whether it made all tables by key, whether their tests passed, and its as_of; of the one before it the same. -#}
{% macro builds() -%}
    {{ working_schema() }}.last_build
{%- endmacro %}

{#- At the start of a run: as long as it has not come to its end, nobody knows what the tables by key are built from. -#}
{% macro begin_build() -%}
    {%- if execute and not remembers_builds() -%}
    {%- do register_feeds() -%}
    {%- elif execute -%}
    {%- do graph.pop('asked_once', none) -%}
    create schema if not exists {{ working_schema() }};
    create table if not exists {{ built_keys() }} (
        model {{ type_text() }},
        row_key {{ type_text() }},
        group_key {{ type_text() }},
        fingerprint ubigint,
        is_open boolean
    );
    drop table if exists {{ working_schema() }}.built_keys;
    create table if not exists {{ builds() }} (
        project {{ type_text() }}, is_finished boolean, is_tested boolean, was_finished boolean, was_tested boolean
    );
    alter table {{ builds() }} add column if not exists as_of {{ type_timestamp() }};
    alter table {{ builds() }} add column if not exists was_as_of {{ type_timestamp() }};
    alter table {{ builds() }} add column if not exists columns_of {{ type_text() }};
    alter table {{ builds() }} add column if not exists seeds_of {{ type_text() }};
    insert into {{ builds() }} (project, is_finished, is_tested)
    select '' as project, false as is_finished, false as is_tested
    where not exists (from {{ builds() }});
    update {{ builds() }} set was_finished = is_finished, was_tested = is_tested, was_as_of = as_of, is_finished = false, is_tested = false;
    {#- Of another project, or by hand, other seeds may be loaded. -#}
    update {{ builds() }} set seeds_of = null where seeds_of <> '{{ env_var('AFTERSALES_PROJECT_FINGERPRINT', '') }}';
    {{ begin_clearing() }}
    {%- endif -%}
{%- endmacro %}

{% macro was_finished(project) -%}
    {{ return(asked_once("select count(*) from " ~ builds() ~ " where was_finished and project = '" ~ project ~ "'") > 0) }}
{%- endmacro %}

{#- The as_of of the build before, as a scalar. -#}
{% macro was_as_of() -%}
    (select builds.was_as_of from {{ builds() }} as builds)
{%- endmacro %}

{#- Whether as_of is another one than in the build before. -#}
{% macro has_as_of_moved() -%}
    {%- set as_of_at = '(select resolved.as_of_at from ' ~ graph.nodes['model.aftersales.int_as_of__resolved'].relation_name ~ ' as resolved)' -%}
    {{ return(asked_once('select count(*) from ' ~ builds() ~ ' where was_as_of is distinct from ' ~ as_of_at) > 0) }}
{%- endmacro %}
