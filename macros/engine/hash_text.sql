{# Never the hash of a double: its text form differs from engine to engine. #}
{% macro hash_text(text) -%}
    md5(cast({{ text }} as {{ type_text() }}))
{%- endmacro %}
