-- The half-open intervals [starts, ends) of one key do not overlap; each has a start, and one without an end is open. An interval is compared with
-- the furthest end before it, not with the one just before: a long interval may reach over several short ones.
{% test intervals_never_overlap(model, starts, ends, key=[]) %}

    select
        {% for column in key %}reached.{{ column }}, {% endfor %}
        reached.starts,
        reached.ends

    from (
        select
            {% for column in key %}{{ column }}, {% endfor %}
            {{ starts }} as starts,
            {{ ends }} as ends,
            count(case when {{ ends }} is null then 1 end) over earlier_ones as earlier_open_count,
            max({{ ends }}) over earlier_ones as furthest_end
        from {{ model }}
        window earlier_ones as (
            {% if key %}partition by {% for column in key %}{{ column }}{{ ", " if not loop.last }}{% endfor %}{% endif %}
            order by {{ starts }} asc nulls first, {{ ends }} asc nulls last
            rows between unbounded preceding and 1 preceding
        )
    ) as reached
    where reached.earlier_open_count > 0 or reached.starts < reached.furthest_end

{% endtest %}
