{#- A request is completed when the customer had what was agreed: one that was rejected or withdrawn is closed, never completed. -#}
{% macro is_request_completed(requests) -%}
    ({{ requests }}.completed_at is not null and coalesce({{ requests }}.decision, 'approved') = 'approved')
{%- endmacro %}
