{% macro day_spine(first_day, last_day) -%}
    {{ adapter.dispatch('day_spine', 'aftersales')(first_day, last_day) }}
{%- endmacro %}

{% macro default__day_spine(first_day, last_day) -%}
    select cast(spine.day_at as date) as day_on
    from (
        select unnest(generate_series(
            cast({{ first_day }} as timestamp), cast({{ last_day }} as timestamp), interval 1 day
        )) as day_at
    ) as spine
{%- endmacro %}

{% macro spark__day_spine(first_day, last_day) -%}
    select explode(case
        when cast({{ first_day }} as date) <= cast({{ last_day }} as date)
            then sequence(cast({{ first_day }} as date), cast({{ last_day }} as date), interval 1 day)
    end) as day_on
{%- endmacro %}
