{# A text literal in SQL, ready to be a `zone` argument. #}
{% macro business_time_zone() -%}
    '{{ env_var('AFTERSALES_BUSINESS_TIME_ZONE', var('business_time_zone')) }}'
{%- endmacro %}
