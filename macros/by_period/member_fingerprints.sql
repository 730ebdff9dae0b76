{#-
  What a family's periods are built from of the members of its subjects: of each period the members that its measures have by its last day, and of all
  of them under which dimensions each of its measures, and anything of its subjects, is told at all and has a case, also of each shop. A new member
  leaves the periods before its first day as they are; a measure that no KPI of the family names leaves all as they are.
-#}
{% macro member_fingerprints(family, subjects) -%}
    {%- set told_subjects = "members.subject in ('" ~ subjects | map(attribute='identifier') | join("', '") ~ "')" -%}
    {%- set named_measures -%}
        (
            select definitions.numerator as measure
            from {{ ref('kpi_definitions') }} as definitions
            where definitions.family = '{{ family }}'

            union

            select definitions.denominator as measure
            from {{ ref('kpi_definitions') }} as definitions
            where definitions.family = '{{ family }}'
        )
    {%- endset -%}
    select
        'measure_members' as input,
        periods.period_grain,
        periods.period_start,
        {{ rows_fingerprint('sum(beginnings.member_count)', 'sum(beginnings.hash_sum)') }} as fingerprint

    from (
        select
            members.first_on,
            count(*) as member_count,
            sum(cast({{ row_hash(['members.measure', 'members.dimension', 'members.member']) }} as decimal(38, 0))) as hash_sum
        from {{ ref('measure_members') }} as members
        inner join {{ named_measures }} as named
            on members.measure = named.measure
        where {{ told_subjects }}
        group by members.first_on
    ) as beginnings
    inner join {{ ref('int_periods__spined') }} as periods
        on beginnings.first_on <= periods.last_on
    group by
        periods.period_grain,
        periods.period_start

    union all

    select
        'measure_members.measures' as input,
        'all' as period_grain,
        cast('1970-01-01' as {{ type_date() }}) as period_start,
        {{ rows_fingerprint(
            'count(*)',
            'sum(cast(' ~ row_hash(
                ['told.subject', 'told.measure', 'told.dimension', 'told.shop', 'told.is_delivered', 'told.is_quantile']
            ) ~ ' as decimal(38, 0)))'
        ) }} as fingerprint

    from (
        select
            members.subject,
            named.measure,
            members.dimension,
            case when members.dimension = 'shop' then members.member end as shop,
            max(members.is_delivered) as is_delivered,
            max(members.is_quantile) as is_quantile
        from {{ ref('measure_members') }} as members
        left join {{ named_measures }} as named
            on members.measure = named.measure
        where {{ told_subjects }}
        group by
            members.subject,
            named.measure,
            members.dimension,
            case when members.dimension = 'shop' then members.member end
    ) as told
{%- endmacro %}
