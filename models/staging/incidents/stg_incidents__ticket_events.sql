-- The updates of an incident repeat what the one before said. What an update changed is an event; the first one is compared with
-- a new, unassigned incident. Updates of one minute are in the order of their numbers, and so are the ids made of them.
with

current_updates as (

    {{ current_rows(
        source('incidents', 'incident_updates'),
        columns=[
            'number', 'sys_mod_count', 'sys_updated_at', 'incident_state', 'priority', 'assigned_to',
            'sys_updated_by'
        ]
    ) }}

),

updates as (

    select
        current_updates.number,
        current_updates.number || '|' || lpad(cast(current_updates.sys_mod_count as {{ type_text() }}), 6, '0') as update_id,
        current_updates.sys_updated_by,

        case
            when current_updates.incident_state = 'New' then 'new'
            when current_updates.incident_state = 'Active' then 'open'
            when current_updates.incident_state = 'Awaiting User Info' then 'pending'
            when current_updates.incident_state in ('Awaiting Vendor', 'Awaiting Problem', 'Awaiting Evidence') then 'on_hold'
            when current_updates.incident_state = 'Resolved' then 'solved'
            when current_updates.incident_state = 'Closed' then 'closed'
        end as status,
        {{ mapped_value('current_updates.priority', {
            'urgent': ['1 - critical', '1', 'critical'], 'high': ['2 - high', '2', 'high'],
            'normal': ['3 - moderate', '3', 'moderate'], 'low': ['4 - low', '4', 'low']
        }) }} as priority,
        current_updates.assigned_to,
        row_number() over (
            partition by current_updates.number
            order by current_updates.sys_updated_at nulls last, current_updates.sys_mod_count nulls last
        ) as update_number,

        current_updates.sys_updated_at

    from current_updates

),

told_values as (

    select
        updates.number,
        updates.update_id,
        updates.sys_updated_by,

        'status_changed' as event_type,
        updates.status as told_value,
        updates.update_number,

        updates.sys_updated_at

    from updates
    where updates.status is not null

    union all

    select
        updates.number,
        updates.update_id,
        updates.sys_updated_by,

        'priority_changed' as event_type,
        updates.priority as told_value,
        updates.update_number,

        updates.sys_updated_at

    from updates
    where updates.priority is not null

    union all

    select
        updates.number,
        updates.update_id,
        updates.sys_updated_by,

        'assigned' as event_type,
        updates.assigned_to as told_value,
        updates.update_number,

        updates.sys_updated_at

    from updates
    where updates.assigned_to is not null

),

told_changes as (

    select
        told_values.number,
        told_values.update_id,
        told_values.sys_updated_by,

        told_values.event_type,
        coalesce(
            lag(told_values.told_value) over (
                partition by told_values.number, told_values.event_type
                order by told_values.update_number nulls last
            ),
            -- An incident's first priority is the one it was opened with.
            case told_values.event_type
                when 'status_changed' then 'new'
                when 'priority_changed' then told_values.told_value
                else 'nobody'
            end
        ) as from_value,
        told_values.told_value as to_value,

        told_values.sys_updated_at

    from told_values

)

select
    {{ entity_key('incidents', ['told_changes.update_id', 'told_changes.event_type', 'told_changes.sys_updated_at']) }} as event_key,
    'incidents' as source_system,
    {{ entity_key('incidents', ['told_changes.number']) }} as ticket_key,
    {{ entity_key('incidents', ['told_changes.sys_updated_by']) }} as actor_key,

    told_changes.update_id || '|' || told_changes.event_type || '|' || cast(told_changes.sys_updated_at as {{ type_text() }}) as event_id,
    told_changes.number as ticket_id,
    told_changes.sys_updated_by as actor_id,

    told_changes.event_type,
    nullif(told_changes.from_value, 'nobody') as from_value,
    told_changes.to_value,

    told_changes.sys_updated_at as occurred_at

from told_changes
where told_changes.from_value <> told_changes.to_value
