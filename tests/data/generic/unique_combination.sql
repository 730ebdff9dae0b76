-- No two rows agree in all of these columns; nulls agree with nulls.
{% test unique_combination(model, columns) %}

    select
        {% for column in columns %}{{ column }}, {% endfor %}
        count(*) as row_count

    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1

{% endtest %}
