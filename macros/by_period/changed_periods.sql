{#- The periods whose inputs are not those that a model was last built from; `grains` is a condition on the grain, `made_by` a column of what inputs name. -#}
{% macro changed_periods(model_name, grains, made_by=none) -%}
    select distinct
        {{ named_value('coalesce(inputs.input, built.input)') ~ ' as ' ~ made_by ~ ',' if made_by }}
        coalesce(inputs.period_grain, built.period_grain) as period_grain,
        coalesce(inputs.period_start, built.period_start) as period_start
    from (
        select inputs.input, inputs.period_grain, inputs.period_start, inputs.fingerprint
        from {{ period_inputs() }} as inputs
        where inputs.period_grain {{ grains }}
    ) as inputs
    full outer join (
        select built.input, built.period_grain, built.period_start, built.fingerprint
        from {{ last_built_periods(model_name) }} as built
        where built.model = '{{ model_name }}' and built.role = 'input' and built.period_grain {{ grains }}
    ) as built
        on
            inputs.input = built.input
            and inputs.period_grain = built.period_grain
            and inputs.period_start = built.period_start
    where inputs.fingerprint is distinct from built.fingerprint
{%- endmacro %}
