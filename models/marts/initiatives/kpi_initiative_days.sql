-- What did the target KPI of each initiative count day by day, in its scope and out of it, in its shop? By issue type and channel, too,
-- where the KPI is told by both, so that a shift between them can be told from a change.
-- noqa: disable=LT02,LT05,RF04,ST05,ST09
-- depends_on: {{ ref('measure_members') }}
{% set bases = additive_measure_bases() -%}

with

windows as (

    {{ initiative_windows() }}

),

asked_parts as (

    select
        windows.initiative_key,
        windows.shop,
        windows.scope_dimension,
        windows.scope_member,
        'numerator' as part,
        windows.numerator as measure,
        windows.denominator is null as is_counted,
        windows.has_mix,
        windows.before_from,
        windows.after_to
    from windows
    where windows.has_parts

    union all

    select
        windows.initiative_key,
        windows.shop,
        windows.scope_dimension,
        windows.scope_member,
        'denominator' as part,
        windows.denominator as measure,
        true as is_counted,
        windows.has_mix,
        windows.before_from,
        windows.after_to
    from windows
    where windows.has_parts and windows.denominator is not null

),

added_rows as (
    {% for base in bases %}
    select
        asked_parts.initiative_key,
        asked_parts.part,
        asked_parts.is_counted,
        facts.{{ base.day_column }} as day_on,
        {%- for cell in ['issue_type', 'channel'] %}
        {%- set member = 'cast(facts.' ~ base.columns[cell] ~ ' as ' ~ type_text() ~ ')' if cell in base.columns else 'null' %}
        case when asked_parts.has_mix then coalesce({{ member }}, 'unknown') else 'all' end as {{ cell }},
        {%- endfor %}
        case asked_parts.scope_dimension
            when 'all' then true
            {%- for dimension in ['channel', 'issue_type', 'agent_team', 'product_category', 'merchant'] if dimension in base.columns %}
            when '{{ dimension }}'
                then coalesce(cast(facts.{{ base.columns[dimension] }} as {{ type_text() }}), 'unknown') = asked_parts.scope_member
            {%- endfor %}
        end as is_in_scope,
        case asked_parts.measure
            {%- for measure, added in base.measures.items() %}
            when '{{ measure }}' then cast({{ added }} as decimal(18, 6))
            {%- endfor %}
        end as added

    from asked_parts
    inner join {{ base.fact_schema }}.{{ base.fact_table }} as facts
        on
            asked_parts.shop = {{ shop_of('facts.source_system') }}
            and asked_parts.before_from <= facts.{{ base.day_column }}
            and facts.{{ base.day_column }} < asked_parts.after_to
    where
        asked_parts.measure in ('{{ base.measures.keys() | join("', '") }}')
        and ({{ base.row_condition }})

    union all
    {% endfor %}
    -- A sum is looked at per day, also on days without a case.
    select
        windows.initiative_key,
        'denominator' as part,
        false as is_counted,
        days.day_on,
        'all' as issue_type,
        'all' as channel,
        sides.is_in_scope,
        cast(1 as decimal(18, 6)) as added

    from windows
    inner join {{ ref('int_days__spined') }} as days
        on
            windows.before_from <= days.day_on
            and days.day_on < windows.after_to
    cross join (
        select true as is_in_scope
        union all
        select false as is_in_scope
    ) as sides
    where windows.has_parts and windows.denominator is null

)

select
    added_rows.initiative_key,
    added_rows.day_on,
    added_rows.is_in_scope,
    added_rows.issue_type,
    added_rows.channel,

    cast(coalesce(sum(case when added_rows.part = 'numerator' then added_rows.added end), 0) as {{ type_double() }})
    / max(windows.divisor) as numerator,
    cast(coalesce(sum(case when added_rows.part = 'denominator' then added_rows.added end), 0) as {{ type_double() }})
    / max(windows.scale) as denominator,
    cast(count(case when added_rows.is_counted then added_rows.added end) as {{ type_integer() }}) as n

from added_rows
inner join windows
    on added_rows.initiative_key = windows.initiative_key
where added_rows.added is not null
group by
    added_rows.initiative_key,
    added_rows.day_on,
    added_rows.is_in_scope,
    added_rows.issue_type,
    added_rows.channel
