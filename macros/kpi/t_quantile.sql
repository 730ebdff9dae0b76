{#-
  The 97.5th percentile of Student's t: the half width, in standard errors, of a 95 % interval whose error is itself estimated. Cornish and Fisher's
  expansion about the normal one, off by less than 1 % from 2 degrees of freedom on, by less than 0.1 % from 4 on.
-#}
{% macro t_quantile(degrees_of_freedom) -%}
    {%- set z = interval_z() | trim | float -%}
    {%- set nu = 'cast(' ~ degrees_of_freedom ~ ' as ' ~ type_double() ~ ')' -%}
    {%- set terms = [
        (z ** 3 + z) / 4,
        (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
        (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
        (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160
    ] -%}
    (
        {{ z }}e0
        {%- for term in terms %} + {{ term }}e0{% for _ in range(loop.index) %} / {{ nu }}{% endfor %}{% endfor %}
    )
{%- endmacro %}
