{#-
  The variable as_of as a timestamp, null where it is not set. Only UTC is taken: one engine heeds an offset in a cast, the other
  drops it without a word, and the marts would be hours apart.
-#}
{% macro as_of_variable() -%}
    {%- set value = var('as_of') -%}
    {%- if value is none -%}
        cast(null as {{ type_timestamp() }})
    {%- elif modules.re.match('[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+]00:00)?)?$', value | string) -%}
        cast('{{ value | string | replace("Z", "") | replace("+00:00", "") }}' as {{ type_timestamp() }})
    {%- else -%}
        {{ exceptions.raise_compiler_error(
            "The variable as_of is '" ~ value ~ "'. It has to be a moment in UTC, such as 2026-01-31 16:00:00."
        ) }}
    {%- endif -%}
{%- endmacro %}
