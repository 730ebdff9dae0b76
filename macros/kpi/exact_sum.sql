{#-
  A sum that does not depend on the order of the rows. A sum of doubles does, in its last bits, and engines add in any order: the same
  extracts would not give the same marts. Six decimals are exact for scores, money and seconds to the microsecond; of quotients say more.
-#}
{% macro exact_sum(value, type=none) -%}
    sum(cast({{ value }} as {{ type or 'decimal(18, 6)' }}))
{%- endmacro %}
