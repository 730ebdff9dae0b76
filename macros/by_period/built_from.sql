{#-
  What the periods of a model are built from, for its materialization (by_period): selects of input, period_grain, period_start, fingerprint. A period
  whose fingerprints are those of its last build is left as it is. Rows of the grain 'all' speak of every period. It is told in a comment, so that the
  compiled model stays one select.
-#}
{% macro built_from(selects) -%}
/* built from:
{{ selects | join('\n    union all\n') }}
*/
{%- endmacro %}
