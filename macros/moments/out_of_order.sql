{#- Whether any of the moments, given in the order in which they should come, lies before one that should precede it. -#}
{% macro out_of_order(moments) -%}
    {%- set inversions = [] -%}
    {%- for earlier in moments -%}
        {%- for later in moments[loop.index:] -%}
            {%- do inversions.append('coalesce(' ~ later ~ ' < ' ~ earlier ~ ', false)') -%}
        {%- endfor -%}
    {%- endfor -%}
    ({{ inversions | join(' or ') }})
{%- endmacro %}
