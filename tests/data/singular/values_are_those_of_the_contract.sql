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

)

select
    told_values.source_system,
    told_values.entity,
    told_values.column_name,
    told_values.told_value,

    count(*) as value_count

from told_values
where
    told_values.told_value is not null
    and not told_values.is_listed
group by
    told_values.source_system,
    told_values.entity,
    told_values.column_name,
    told_values.told_value
