{# Twice a year a wall clock does not name one moment. A time that comes twice (clocks go back) is its first coming; a time
   that never comes (clocks go forward) is read with the offset that was in force before the jump. Java (Spark) and Python's
   zoneinfo read it so; DuckDB takes the second coming, so there the offset of the day before is tried first. #}
{% macro to_utc(local_time, zone) -%}
    {{ adapter.dispatch('to_utc', 'aftersales')(local_time, zone) }}
{%- endmacro %}

{% macro default__to_utc(local_time, zone) -%}
    {%- set wall_clock = 'cast(' ~ local_time ~ ' as timestamp)' -%}
    {%- set second_coming = '((' ~ wall_clock ~ ' at time zone ' ~ zone ~ ") at time zone 'UTC')" -%}
    {%- set day_before = '(' ~ second_coming ~ ' - to_hours(24))' -%}
    {%- set with_old_offset = '(' ~ wall_clock ~ ' - (' ~ to_local(day_before, zone) ~ ' - ' ~ day_before ~ '))' -%}
    case
        when {{ to_local(with_old_offset, zone) }} = {{ wall_clock }}
            then {{ with_old_offset }}
        else {{ second_coming }}
    end
{%- endmacro %}

{% macro spark__to_utc(local_time, zone) -%}
    to_utc_timestamp(cast({{ local_time }} as timestamp), {{ zone }})
{%- endmacro %}
