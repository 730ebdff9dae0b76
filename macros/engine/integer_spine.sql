{% macro integer_spine(first_number, last_number) -%}
    {{ adapter.dispatch('integer_spine', 'aftersales')(first_number, last_number) }}
{%- endmacro %}

{% macro default__integer_spine(first_number, last_number) -%}
    select unnest(generate_series(cast({{ first_number }} as bigint), cast({{ last_number }} as bigint))) as number
{%- endmacro %}

{% macro spark__integer_spine(first_number, last_number) -%}
    select explode(case
        when {{ first_number }} <= {{ last_number }}
            then sequence(cast({{ first_number }} as bigint), cast({{ last_number }} as bigint))
    end) as number
{%- endmacro %}
