{#- What the periods of the model that is built are built from now; its select is told in the model (built_from). -#}
{% macro period_inputs() -%}
    {{ adapter.dispatch('period_inputs', 'aftersales')() }}
{%- endmacro %}

{% macro default__period_inputs() -%}
    period_inputs
{%- endmacro %}

{#- Other models are built in the same session meanwhile. -#}
{% macro spark__period_inputs() -%}
    steps.{{ this.identifier }}__period_inputs
{%- endmacro %}

{% macro selected_period_inputs(compiled_code) -%}
    {%- set told = modules.re.search('/[*] built from:(.*?)[*]/', compiled_code, modules.re.DOTALL) -%}
    {% if told -%}
    {{ told.group(1) }}
    union all
    {% endif -%}
    select
        'project' as input,
        'all' as period_grain,
        cast('1970-01-01' as {{ type_date() }}) as period_start,
        '{{ env_var('AFTERSALES_PROJECT_FINGERPRINT', '') }}' as fingerprint
{%- endmacro %}
