{% macro business_date(moment) -%}
    cast({{ to_local(moment, business_time_zone()) }} as date)
{%- endmacro %}
