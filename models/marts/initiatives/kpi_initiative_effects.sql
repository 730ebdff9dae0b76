-- Did an initiative move its target KPI? The change from the window before to the one after in its scope, less that of everything else in
-- its shop over the same days, with its 95 % interval; the same between two halves of the window before, in which nothing had begun; and
-- with the cases of before, issue type by channel, in both windows.
-- noqa: disable=LT02,LT05,RF04,ST05,ST09
{% set least_days = 28 -%}
{% set sides = {'scope': 'changes.is_in_scope', 'elsewhere': 'not changes.is_in_scope'} -%}

with

windows as (

    {{ initiative_windows() }}

),

-- effect and placebo compare two spans as they are, mix does so cell by cell.
spans as (
    {% for estimate, phase, span_from, span_to in [
        ('effect', 0, 'windows.before_from', 'windows.started_on'),
        ('effect', 1, 'windows.started_on', 'windows.after_to'),
        ('mix', 0, 'windows.before_from', 'windows.started_on'),
        ('mix', 1, 'windows.started_on', 'windows.after_to'),
        ('placebo', 0, 'windows.placebo_from', 'windows.placebo_middle'),
        ('placebo', 1, 'windows.placebo_middle', 'windows.started_on')
    ] %}
    select
        windows.initiative_key,
        '{{ estimate }}' as estimate,
        {{ phase }} as phase,

        windows.denominator is not null as is_divided,

        {{ span_from }} as span_from,
        {{ span_to }} as span_to

    from windows
    where windows.has_parts {{ 'and windows.has_mix' if estimate == 'mix' }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Days stand together in blocks of a week, since a day is like the day before it and Sundays are like Sundays.
block_sums as (

    {% call calculated_once('block_sums') -%}
    select
        spans.initiative_key,
        spans.estimate,
        spans.phase,
        days.is_in_scope,
        case when spans.estimate = 'mix' then days.issue_type || '/' || days.channel else 'all' end as cell,
        cast(floor({{ days_between('spans.span_from', 'days.day_on') }} / 7e0) as {{ type_integer() }}) as block_number,

        max(spans.is_divided) as is_divided,

        cast(sum(cast(days.numerator as decimal(38, 9))) as {{ type_double() }}) as numerator,
        cast(sum(cast(days.denominator as decimal(38, 9))) as {{ type_double() }}) as denominator,
        sum(days.n) as n

    from spans
    inner join {{ ref('kpi_initiative_days') }} as days
        on
            spans.initiative_key = days.initiative_key
            and spans.span_from <= days.day_on
            and days.day_on < spans.span_to
    group by
        spans.initiative_key,
        spans.estimate,
        spans.phase,
        days.is_in_scope,
        case when spans.estimate = 'mix' then days.issue_type || '/' || days.channel else 'all' end,
        cast(floor({{ days_between('spans.span_from', 'days.day_on') }} / 7e0) as {{ type_integer() }})
    {%- endcall %}

),

cell_sums as (

    select
        blocks.initiative_key,
        blocks.estimate,
        blocks.is_in_scope,
        blocks.cell,

        max(blocks.is_divided) as is_divided
        {%- for phase in [0, 1] %}
        {%- for part in ['numerator', 'denominator'] %},
        cast(sum(case when blocks.phase = {{ phase }} then cast(blocks.{{ part }} as decimal(38, 9)) else 0 end) as {{ type_double() }})
            as {{ part }}_{{ phase }}
        {%- endfor %},
        sum(case when blocks.phase = {{ phase }} then blocks.n else 0 end) as n_{{ phase }}
        {%- endfor %},
        cast(sum(sum(case when blocks.phase = 0 then cast(blocks.denominator as decimal(38, 9)) else 0 end)) over (
            partition by blocks.initiative_key, blocks.estimate, blocks.is_in_scope
        ) as {{ type_double() }}) as all_denominator_0

    from block_sums as blocks
    group by
        blocks.initiative_key,
        blocks.estimate,
        blocks.is_in_scope,
        blocks.cell

),

-- A cell with nothing to divide by on one side of the day has no change, and its cases of before belong to none.
cells as (

    select
        cells.initiative_key,
        cells.estimate,
        cells.is_in_scope,
        cells.cell,

        cells.is_divided,

        cells.n_0,
        cells.n_1,
        cells.denominator_0,
        cells.denominator_1,
        cells.denominator_0 / cells.all_denominator_0 as covered_part,
        cells.numerator_0 / cells.denominator_0 as value_0,
        cells.numerator_1 / cells.denominator_1 as value_1,
        cells.denominator_0 / cast(
            sum(cast(cells.denominator_0 as decimal(38, 9))) over (partition by cells.initiative_key, cells.estimate, cells.is_in_scope)
            as {{ type_double() }}
        ) as weight

    from cell_sums as cells
    where cells.denominator_0 > 0 and cells.denominator_1 > 0

),

-- The change of a quotient is told in its unit, that of a sum as a part of what it was; gain is what a bit more in a span does to it.
changes as (

    {% call calculated_once('changes') -%}
    select
        cells.initiative_key,
        cells.estimate,
        cells.is_in_scope,
        cells.cell,

        cells.n_0,
        cells.n_1,
        cells.denominator_0,
        cells.denominator_1,
        cells.covered_part,
        cells.value_0,
        cells.value_1,
        case
            when cells.is_divided then cells.weight * (cells.value_1 - cells.value_0)
            else {{ safe_divide('cells.value_1', 'cells.value_0') }} - 1e0
        end as change,
        case
            when cells.is_divided then cells.weight
            else {{ safe_divide('cells.value_1', 'cells.value_0 * cells.value_0') }}
        end as gain_0,
        case when cells.is_divided then cells.weight else {{ safe_divide('1', 'cells.value_0') }} end as gain_1

    from cells
    {%- endcall %}

),

-- What a block has over or under the figure of its span, in the scope less elsewhere: what befell both on the same days is no doubt.
block_residues as (

    select
        blocks.initiative_key,
        blocks.estimate,
        blocks.phase,
        blocks.block_number,

        sum(cast(
            case when blocks.is_in_scope then 1e0 else -1e0 end
            * case blocks.phase
                {%- for phase in [0, 1] %}
                when {{ phase }}
                    then changes.gain_{{ phase }} * (blocks.numerator - changes.value_{{ phase }} * blocks.denominator)
                        / changes.denominator_{{ phase }}
                {%- endfor %}
            end as decimal(38, 15)
        )) as residue

    from block_sums as blocks
    inner join changes
        on
            blocks.initiative_key = changes.initiative_key
            and blocks.estimate = changes.estimate
            and blocks.is_in_scope = changes.is_in_scope
            and blocks.cell = changes.cell
    group by
        blocks.initiative_key,
        blocks.estimate,
        blocks.phase,
        blocks.block_number

),

span_variances as (

    select
        spans.initiative_key,
        spans.estimate,
        spans.phase,

        max(ceil({{ days_between('spans.span_from', 'spans.span_to') }} / 7e0)) as block_count,
        cast(sum(cast(
            cast(residues.residue as {{ type_double() }}) * cast(residues.residue as {{ type_double() }}) as decimal(38, 18)
        )) as {{ type_double() }}) as squares

    from spans
    inner join block_residues as residues
        on
            spans.initiative_key = residues.initiative_key
            and spans.estimate = residues.estimate
            and spans.phase = residues.phase
    group by
        spans.initiative_key,
        spans.estimate,
        spans.phase

),

errors as (

    select
        variances.initiative_key,
        variances.estimate,

        sqrt(sum(variances.squares * {{ safe_divide('variances.block_count', 'variances.block_count - 1') }})) as standard_error,
        sum(variances.block_count) - 2 as degrees_of_freedom

    from span_variances as variances
    group by
        variances.initiative_key,
        variances.estimate
    having count(*) = 2 and min(variances.block_count) > 1

),

side_changes as (

    select
        changes.initiative_key,
        changes.estimate,
        cast(sum(case when changes.is_in_scope then cast(changes.covered_part as decimal(38, 12)) end) as {{ type_double() }}) as covered_share
        {%- for side, condition in sides.items() %}
        {%- set of_side = 'case when ' ~ condition ~ ' then ' %}
        {%- for column in ['value_0', 'value_1', 'n_0', 'n_1'] %},
        max({{ of_side }}changes.{{ column }} end) as {{ side }}_{{ column }}
        {%- endfor %},
        cast(sum(cast({{ of_side }}changes.change end as decimal(38, 12))) as {{ type_double() }}) as {{ side }}_change
        {%- endfor %}

    from changes
    group by
        changes.initiative_key,
        changes.estimate

),

estimates as (

    {% call calculated_once('estimates') -%}
    select
        side_changes.initiative_key,
        side_changes.estimate,

        side_changes.covered_share,
        {%- for side in sides %}
        {%- for column in ['value_0', 'value_1', 'n_0', 'n_1', 'change'] %}
        side_changes.{{ side }}_{{ column }},
        {%- endfor %}
        {%- endfor %}
        side_changes.scope_change - side_changes.elsewhere_change as effect,
        {%- for sign, bound in {'-': 'lower', '+': 'upper'}.items() %}
        {{ rounded(
            'side_changes.scope_change - side_changes.elsewhere_change '
            ~ sign ~ ' ' ~ t_quantile('errors.degrees_of_freedom') ~ ' * errors.standard_error', 9
        ) }} as effect_{{ bound }}{{ ',' if not loop.last }}
        {%- endfor %}

    from side_changes
    left join errors
        on
            side_changes.initiative_key = errors.initiative_key
            and side_changes.estimate = errors.estimate
    {%- endcall %}

),

judged as (

    select
        windows.initiative_key,

        windows.kpi_id,
        windows.good_direction,
        windows.why_not,
        case when windows.denominator is not null then 'difference' else 'relative' end as change_kind,
        windows.has_parts,
        {%- for side in sides %}
        {%- for phase in [0, 1] %}
        coalesce(effects.{{ side }}_n_{{ phase }}, 0) < {{ var('minimum_sample') }} or
        {%- endfor %}
        {%- endfor %}
        windows.window_days < {{ least_days }} or effects.effect_lower is null as is_too_little,
        coalesce(placebos.effect_lower <= 0 and placebos.effect_upper >= 0, true) as is_placebo_clear,

        windows.window_days,
        {%- for side in sides %}
        {%- for column in ['value_0', 'value_1', 'n_0', 'n_1', 'change'] %}
        effects.{{ side }}_{{ column }},
        {%- endfor %}
        mixes.{{ side }}_change as mix_adjusted_{{ side }}_change,
        {%- endfor %}
        {%- for bound in ['', '_lower', '_upper'] %}
        effects.effect{{ bound }},
        placebos.effect{{ bound }} as placebo_effect{{ bound }},
        mixes.effect{{ bound }} as mix_adjusted_effect{{ bound }},
        {%- endfor %}
        mixes.covered_share,

        windows.before_from,
        windows.after_to

    from windows
    {%- for relation, estimate in [('effects', 'effect'), ('placebos', 'placebo'), ('mixes', 'mix')] %}
    left join estimates as {{ relation }}
        on
            windows.initiative_key = {{ relation }}.initiative_key
            and {{ relation }}.estimate = '{{ estimate }}'
    {%- endfor %}

)

select
    initiatives.initiative_key,
    initiatives.source_system,

    initiatives.initiative_name,
    initiatives.initiative_type,
    initiatives.scope_dimension,
    initiatives.scope_member,
    initiatives.target_kpi,
    judged.good_direction,
    judged.change_kind,
    {%- for estimate in ['', 'mix_adjusted_'] %}
    {%- set bound = 'judged.' ~ estimate ~ 'effect' %}
    case
        {%- if estimate %}
        when {{ bound }} is null then null
        {%- endif %}
        when judged.why_not is not null then 'cannot_be_measured'
        when judged.is_too_little or {{ bound }}_lower is null then 'too_few'
        when not judged.is_placebo_clear or ({{ bound }}_lower <= 0 and {{ bound }}_upper >= 0) then 'no_evidence'
        when judged.good_direction = case when {{ bound }} > 0 then 'up' else 'down' end then 'improved'
        else 'worsened'
    end as {{ estimate }}verdict,
    {%- endfor %}
    case
        when judged.why_not is not null then judged.why_not
        when judged.window_days < {{ least_days }}
            then 'There are ' || cast(judged.window_days as {{ type_text() }})
                || ' days to look at before and after it; at least {{ least_days }} are needed.'
        when judged.is_too_little
            then 'There are fewer than {{ var('minimum_sample') }} cases before or after it, in its scope or elsewhere, or none that can be compared.'
        when not judged.is_placebo_clear then 'Its scope and the rest moved apart already before it began.'
        when judged.effect_lower <= 0 and judged.effect_upper >= 0 then 'The interval of its effect holds 0.'
    end as why,

    judged.window_days < {{ var('initiative_window_days') }} as is_cut,
    case when judged.placebo_effect is not null then judged.is_placebo_clear end as is_placebo_clear,

    cast(judged.window_days as {{ type_integer() }}) as window_days,
    {%- for side in sides %}
    {%- for phase, when in [(0, 'before'), (1, 'after')] %}
    judged.{{ side }}_value_{{ phase }} as {{ side }}_{{ when }},
    cast(coalesce(judged.{{ side }}_n_{{ phase }}, 0) as {{ type_integer() }}) as {{ side }}_{{ when }}_n,
    {%- endfor %}
    judged.{{ side }}_change,
    {%- endfor %}
    {%- for estimate in ['', 'placebo_', 'mix_adjusted_'] %}
    {%- for bound in ['', '_lower', '_upper'] %}
    judged.{{ estimate }}effect{{ bound }},
    {%- endfor %}
    {%- endfor %}
    judged.mix_adjusted_scope_change,
    judged.mix_adjusted_elsewhere_change,
    judged.covered_share as mix_covered_share,

    judged.before_from,
    initiatives.started_on,
    judged.after_to

from {{ ref('dim_initiatives') }} as initiatives
inner join judged
    on initiatives.initiative_key = judged.initiative_key
