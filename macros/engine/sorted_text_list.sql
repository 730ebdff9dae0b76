{% macro sorted_text_list(text, separator) -%}
    {{ adapter.dispatch('sorted_text_list', 'aftersales')(text, separator) }}
{%- endmacro %}

{% macro default__sorted_text_list(text, separator) -%}
    string_agg(distinct {{ text }}, '{{ separator }}' order by {{ text }})
{%- endmacro %}

{% macro spark__sorted_text_list(text, separator) -%}
    nullif(array_join(array_sort(collect_set({{ text }})), '{{ separator }}'), '')
{%- endmacro %}
