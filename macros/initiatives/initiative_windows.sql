{#-
  Each initiative with the two windows in which its target KPI is looked at: equally long, before and from started_on on, as long as the variable
  initiative_window_days, cut by what was delivered before, by its end, and by as_of less the days in which the KPI's cases settle; the placebo's lie in the one before. why_not says in
  a sentence why nothing can be concluded of it; where has_parts is false nothing can be counted either.
-#}
{% macro initiative_windows() -%}
    select
        targets.initiative_key,
        targets.shop,

        targets.scope_dimension,
        targets.scope_member,
        targets.kpi_id,
        targets.numerator,
        targets.denominator,
        targets.good_direction,
        case
            when not targets.is_named then 'It names no KPI that it was meant to move.'
            when not targets.is_computed then 'The KPI that it was meant to move is not computed.'
            when not targets.has_daily_parts then 'Its KPI has no parts by day that add up: it is a quantile, counts a key once, or is a state.'
            when not targets.is_delivered then 'Nothing was delivered of what its KPI counts.'
            when not targets.is_told then 'What its KPI counts is not told by ' || targets.scope_dimension || ', or it names no member.'
            when targets.scope_dimension = 'all' then 'Its scope is everything, so that nobody is left to compare with.'
            when targets.good_direction = 'none' then 'Neither direction of its KPI is the better one.'
        end as why_not,

        targets.is_computed and targets.has_daily_parts and targets.is_delivered and targets.is_told as has_parts,
        targets.is_told_by_cell and targets.denominator is not null as has_mix,

        targets.divisor,
        targets.scale,
        targets.window_days,

        {{ add_days_to_date('targets.started_on', '-1 * targets.window_days') }} as before_from,
        {%- set half = 'cast(floor(targets.window_days / 2e0) as ' ~ type_integer() ~ ')' %}
        {{ add_days_to_date('targets.started_on', '-2 * ' ~ half) }} as placebo_from,
        {{ add_days_to_date('targets.started_on', '-1 * ' ~ half) }} as placebo_middle,
        targets.started_on,
        {{ add_days_to_date('targets.started_on', 'targets.window_days') }} as after_to

    from (
        select
            initiatives.initiative_key,
            {{ shop_of('initiatives.source_system') }} as shop,

            case when initiatives.scope_dimension = 'team' then 'agent_team' else initiatives.scope_dimension end as scope_dimension,
            case
                when initiatives.scope_dimension = 'merchant' then initiatives.source_system || ':' || initiatives.scope_member
                else initiatives.scope_member
            end as scope_member,
            definitions.kpi_id,
            definitions.numerator,
            definitions.denominator,
            definitions.good_direction,
            definitions.divisor,
            definitions.scale,

            initiatives.target_kpi is not null as is_named,
            coalesce(numerators.measure is not null and (definitions.denominator is null or denominators.measure is not null), false)
                as is_computed,
            coalesce({{ why_not_split() }} is null and definitions.adds_up_over_days, false) as has_daily_parts,
            coalesce(first_days.first_on is not null, false) as is_delivered,
            coalesce(
                initiatives.scope_dimension = 'all'
                or (
                    initiatives.scope_member is not null
                    {%- for side in ['numerators', 'denominators'] %}
                    and ',' || coalesce({{ side }}.members, numerators.members) like '%,'
                        || case when initiatives.scope_dimension = 'team' then 'agent_team' else initiatives.scope_dimension end || ':%'
                    {%- endfor %}
                ),
                false
            ) as is_told,
            coalesce(
                {%- for side in ['numerators', 'denominators'] %}
                {%- for dimension in ['issue_type', 'channel'] %}
                ',' || {{ side }}.members like '%,{{ dimension }}:%'
                {{ 'and' if not loop.last }}
                {%- endfor %}
                {{ 'and' if not loop.last }}
                {%- endfor %},
                false
            ) as is_told_by_cell,

            greatest(0, least(
                {{ var('initiative_window_days') }},
                {{ days_between('first_days.first_on', 'initiatives.started_on') }},
                {{ days_between(
                    'initiatives.started_on',
                    'least(' ~ add_days_to_date(business_date('resolved.as_of_at'), '-1 * definitions.settles_after_days')
                    ~ ', coalesce(' ~ add_days_to_date('initiatives.ended_on', 1) ~ ', ' ~ business_date('resolved.as_of_at') ~ '))'
                ) }}
            )) as window_days,

            initiatives.started_on

        from {{ ref('dim_initiatives') }} as initiatives
        cross join {{ ref('int_as_of__resolved') }} as resolved
        left join {{ ref('kpi_definitions') }} as definitions
            on initiatives.target_kpi = definitions.kpi_id
        left join {{ ref('kpi_measures') }} as numerators
            on definitions.numerator = numerators.measure
        left join {{ ref('kpi_measures') }} as denominators
            on definitions.denominator = denominators.measure
        left join (
            -- Of both measures the later one: what has no denominator yet has no figure.
            select
                initiatives.initiative_key,
                case
                    when count(distinct members.measure) = max(case when definitions.denominator is null then 1 else 2 end)
                        then max(members.first_on)
                end as first_on

            from {{ ref('dim_initiatives') }} as initiatives
            inner join {{ ref('kpi_definitions') }} as definitions
                on initiatives.target_kpi = definitions.kpi_id
            inner join (
                select
                    members.measure,
                    members.member,
                    min(members.first_on) as first_on
                from {{ ref('measure_members') }} as members
                where members.dimension = 'shop'
                group by members.measure, members.member
            ) as members
                on
                    members.measure in (definitions.numerator, definitions.denominator)
                    and (
                        members.member = {{ shop_of('initiatives.source_system') }}
                        or members.member like {{ shop_of('initiatives.source_system') }} || '/%'
                    )
            group by initiatives.initiative_key
        ) as first_days
            on initiatives.initiative_key = first_days.initiative_key
    ) as targets
{%- endmacro %}
