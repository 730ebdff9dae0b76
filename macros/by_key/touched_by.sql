{#-
  A table by key that says itself which keys are touched: selects of row_key, told in a comment, so that the compiled model stays one select. They may
  read what the models it follows touched (touched_keys), what they replaced (values_before_and_after), and the table as it was built last.

  narrows    the columns by which the tables it reads are narrowed to the touched keys; those that have this key of their own need not be named
  follows    the models whose keys are touched before: where one makes every key anew, so does this one
  asks       models whose touched keys are asked for as well
-#}
{% macro touched_by(key, follows, selects, asks=[], narrows={}, reads_whole=[]) -%}
    {#- A unit test gives what a model reads, and knows nothing of touched keys. -#}
    {%- if model.resource_type != 'unit_test' -%}
        {%- for name in follows + asks -%}
            {%- do ref(name) -%}
        {%- endfor -%}
    {%- endif %}
    {{ config(materialized='by_key', by=model.name, key=key, follows=follows, narrows=narrows, reads_whole=reads_whole) }}
    {%- if remembers_builds() and model.resource_type != 'unit_test' -%}
/* touched keys:
{{ selects | join('\n    union\n') }}
*/
    {%- endif -%}
{%- endmacro %}
