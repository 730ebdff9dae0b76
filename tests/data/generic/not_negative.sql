-- None of these columns lies below zero. One test for several columns, since each test reads the whole model.
{% test not_negative(model, columns) %}

    select
        {{ columns | join(', ') }}

    from {{ model }}
    where {% for column in columns %}{{ column }} < 0{{ " or " if not loop.last }}{% endfor %}

{% endtest %}
