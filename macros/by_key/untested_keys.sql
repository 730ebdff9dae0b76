{#-
  What a generic test has to read of a table made by key, as a condition: the rows of the keys that were made anew, or those that share a value with
  them, when it asks whether a value is there once. Empty for tests that ask of other tables: what those lost is no row of a touched key.
-#}
{% macro untested_keys(relation, config, test) -%}
    {%- set compared = test.kwargs.get('key', test.kwargs.get('columns', [test.kwargs.get('column_name')])) -%}
    {%- if test.name in ('not_null', 'never_null', 'accepted_values', 'not_negative', 'in_order') or (
        test.name in ('unique', 'unique_combination', 'intervals_never_overlap') and config.key in compared
    ) -%}
        {{ is_touched('tested_rows.' ~ config.key, config.by, config.is_key_optional) }}
    {%- elif test.name == 'unique' -%}
        tested_rows.{{ compared[0] }} in (select made.{{ compared[0] }} from {{ relation }} as made where {{ is_touched('made.' ~ config.key, config.by, config.is_key_optional) }})
    {%- endif -%}
{%- endmacro %}

{#- Whether all tests of tables by key passed after the build before, and this one made only some of the keys anew. -#}
{% macro were_keys_tested(by) -%}
    {%- set tested = asked_once('select count(*) from ' ~ builds() ~ ' where was_tested') > 0 -%}
    {{ return(tested and not is_every_key_touched(by)) }}
{%- endmacro %}
