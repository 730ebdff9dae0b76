{#- The keys that a build makes anew, as the table of a fingerprinted model keeps them: column row_key. -#}
{% macro touched_keys(by) -%}
    {{ working_table(by ~ '__touched') }}
{%- endmacro %}

{% macro touched_key_count(by) -%}
    {{ return(asked_once('select count(*) from ' ~ touched_keys(by))) }}
{%- endmacro %}

{#- Whether everything is made anew: because nobody knows what the tables were built from, or because there is no other key. -#}
{% macro is_every_key_touched(by) -%}
    {%- if env_var('AFTERSALES_PROJECT_FINGERPRINT', '') == '' or should_full_refresh() -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set node = graph.nodes['model.aftersales.' ~ by] -%}
    {%- if node.config.follows -%}
        {%- set whole = [] -%}
        {%- for followed in node.config.follows if is_every_key_touched(followed) -%}
            {%- do whole.append(followed) -%}
        {%- endfor -%}
        {{ return(whole | length > 0 or not was_finished(env_var('AFTERSALES_PROJECT_FINGERPRINT'))) }}
    {%- endif -%}
    {{ return(touched_key_count(by) >= asked_once('select count(*) from ' ~ graph.nodes['model.aftersales.' ~ by].relation_name)) }}
{%- endmacro %}

{#- Whether a row is made anew, by its key. -#}
{% macro is_touched(key, by, is_key_optional=false) -%}
    {%- set condition = key ~ ' in (select touched.row_key from ' ~ touched_keys(by) ~ ' as touched)' -%}
    {{ return('(' ~ condition ~ ' or ' ~ key ~ ' is null)' if is_key_optional else condition) }}
{%- endmacro %}
