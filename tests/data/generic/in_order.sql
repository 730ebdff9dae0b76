-- Where both are known, the one moment or date is not before the other.
{% test in_order(model, earlier, later) %}

    select
        {{ earlier }},
        {{ later }}

    from {{ model }}
    where {{ later }} < {{ earlier }}

{% endtest %}
