-- Every one of these columns has a value in every row: one scan a table, where a test a column would be one scan each.
{% test never_null(model, columns) %}

    select
        {% for column in columns %}{{ column }}{{ ',' if not loop.last }} {% endfor %}

    from {{ model }}
    where {% for column in columns %}{{ 'or ' if not loop.first }}{{ column }} is null {% endfor %}

{% endtest %}
