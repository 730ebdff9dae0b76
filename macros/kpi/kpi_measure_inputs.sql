{#- The columns of the observation that a measure reads. -#}
{% macro kpi_measure_inputs(measure) -%}
    {%- set inputs = [] -%}
    {%- for part in ['value', 'flag', 'numerator', 'denominator', 'denominator_key', 'weight', 'key', 'latest_by'] if measure.get(part) -%}
        {%- do inputs.append(measure[part]) -%}
    {%- endfor -%}
    {{ return(inputs) }}
{%- endmacro %}
