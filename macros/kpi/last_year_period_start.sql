{#-
  The first day of the same period last year. Of a month, quarter or year: the one 365 days before its first day, which is its first or
  second day a year earlier. Of a week: 52 weeks before, so that Monday meets Monday and the dates are one or two days apart; the week of
  the same number would be up to six days off after a year of 53 weeks. Of a day: the same date; 29 February has none.
-#}
{% macro last_year_period_start(grain, start) -%}
    case {{ grain }}
        when 'day' then
            case
                when {{ same_day_of_year(add_days_to_date(start, -365), start) }} then {{ add_days_to_date(start, -365) }}
                when {{ same_day_of_year(add_days_to_date(start, -366), start) }} then {{ add_days_to_date(start, -366) }}
            end
        when 'week' then {{ add_days_to_date(start, -364) }}
        {%- for name in ['month', 'quarter', 'year'] %}
        when '{{ name }}' then {{ period_start(name, add_days_to_date(start, -365)) }}
        {%- endfor %}
    end
{%- endmacro %}
