{#-
  The 97.5th percentile of Student's t with that many degrees of freedom: the expansion of Cornish and Fisher in 1 ÷ freedom around the normal one. Right
  to 0.1 % from 4 degrees on; below it falls short, where a mean of so few says nothing anyhow.
-#}
{% macro student_t(freedom) -%}
    {%- set z = 1.959963984540054 -%}
    ({{ z }}
    + {{ (z**3 + z) / 4 }} / {{ freedom }}
    + {{ (5 * z**5 + 16 * z**3 + 3 * z) / 96 }} / {{ freedom }} / {{ freedom }}
    + {{ (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384 }} / {{ freedom }} / {{ freedom }} / {{ freedom }}
    + {{ (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160 }} / {{ freedom }} / {{ freedom }} / {{ freedom }} / {{ freedom }})
{%- endmacro %}
