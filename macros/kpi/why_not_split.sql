{#- Why the change of a KPI (alias `definitions`) is not split over the members of a dimension, in a sentence; null where it is. -#}
{% macro why_not_split() -%}
    case
        when definitions.weighted_anew
            then 'Its cases are weighted anew each month, and a shift of weights is no shift of cases.'
        when not definitions.adds_up_over_members
            then 'Its members do not add up to it: it is a quantile, or counts a key once that several of them share.'
    end
{%- endmacro %}
