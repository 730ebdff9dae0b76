-- A mapping knows the forms that its system writes. Counts the values, of every source and column with a list, that are in no list: in the
-- marts they are other, else null, and unknown where an event tells a status or a priority.
-- noqa: disable=LT02
{{ config(severity='warn', fail_calc='coalesce(sum(value_count), 0)') }}

with

told_values as (

    select
        cast(null as {{ type_text() }}) as source_system,
        cast(null as {{ type_text() }}) as entity,
        cast(null as {{ type_text() }}) as column_name,
        cast(null as {{ type_text() }}) as told_value,
        cast(null as {{ type_boolean() }}) as is_listed
    where 1 = 0
    {%- for source_system in var('source_systems') %}
    {%- for entity in var('staged_entities').get(source_system, []) if not entity.endswith('_versions') %}
    {%- set staged = ref('stg_' ~ source_system ~ '__' ~ entity) %}
    {%- for column, values in contract_values(entity).items() %}

    union all

    select
        '{{ source_system }}' as source_system,
        '{{ entity }}' as entity,
        '{{ column }}' as column_name,
        staged.{{ column }} as told_value,
        staged.{{ column }} in ('{{ values | join("', '") }}') as is_listed

    from {{ staged }} as staged
    {%- endfor %}
    {%- for column in ['from_value', 'to_value'] if entity == 'ticket_events' %}

    union all

    select
        '{{ source_system }}' as source_system,
        '{{ entity }}' as entity,
        '{{ column }}' as column_name,
        staged.{{ column }} as told_value,
        {{ listed_value('staged.event_type', 'staged.' ~ column) }} = staged.{{ column }} as is_listed

    from {{ staged }} as staged
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}

),

values_outside as (

    select
        told_values.source_system,
        told_values.entity,
        told_values.column_name,
        told_values.told_value,

        count(*) as value_count

    from told_values
    where
        told_values.told_value <> 'unknown'
        and not told_values.is_listed
    group by
        told_values.source_system,
        told_values.entity,
        told_values.column_name,
        told_values.told_value

),

numbered_values as (

    select
        values_outside.source_system,
        values_outside.entity,
        values_outside.column_name,
        values_outside.told_value,

        values_outside.value_count,
        row_number() over (
            partition by values_outside.source_system, values_outside.entity, values_outside.column_name
            order by values_outside.value_count desc nulls last, values_outside.told_value asc nulls last
        ) as value_rank

    from values_outside

),

ranked_values as (

    select
        numbered_values.source_system,
        numbered_values.entity,
        numbered_values.column_name,
        numbered_values.told_value,

        numbered_values.value_count,
        numbered_values.value_rank,
        numbered_values.value_rank <= 5 and numbered_values.value_count >= 5 as is_named

    from numbered_values

)

-- The message is published, the example is not: what stands in such a column may be anything. Only what is told at least five times is
-- named; what is told once may be a person's name.
select
    ranked_values.source_system || ' ' || ranked_values.entity || '.' || ranked_values.column_name || ': '
    || cast(cast(sum(ranked_values.value_count) as {{ type_integer() }}) as {{ type_text() }}) || ' in no list' as message,
    ranked_values.source_system || ' ' || ranked_values.entity || '.' || ranked_values.column_name || ': '
    {%- for rank in range(1, 6) %}
    || coalesce(
        max(
            case when ranked_values.value_rank = {{ rank }} and ranked_values.is_named then ranked_values.told_value
                || ' (' || cast(ranked_values.value_count as {{ type_text() }}) || '), ' end
        ),
        ''
    )
    {%- endfor %}
    || cast(count(case when not ranked_values.is_named then 1 end) as {{ type_text() }}) || ' others' as example,

    sum(ranked_values.value_count) as value_count

from ranked_values
group by
    ranked_values.source_system,
    ranked_values.entity,
    ranked_values.column_name
