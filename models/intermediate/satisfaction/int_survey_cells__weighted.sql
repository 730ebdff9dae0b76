-- What does a valid response weigh, if responses are to stand for all who were invited? The valid responses of a shop's month are set
-- against its invitations to service surveys that were open in it, in cells of channel × issue type: nothing after the month weighs it.
--
-- A cell with fewer valid responses than the minimum sample would give single answers large weights: the small cells of a channel are
-- pooled, and the pools that are still small are pooled once more. That last pool, when it is still too small, takes in what the same cells
-- had in the months before, one after the other, until it is not. What then holds no valid response at all is represented by nobody and
-- has no weight. The weights of a month are scaled to a mean of 1 over its valid responses, so that months count by their responses.
with

months as (

    select
        periods.period_start as month_on,

        {{ to_utc('periods.period_start', business_time_zone()) }} as begins_at,
        {{ to_utc(add_months_to_date('periods.period_start', 1), business_time_zone()) }} as ends_at

    from {{ ref('int_periods__spined') }} as periods
    where periods.period_grain = 'month'

),

-- Whom a source invited of which no valid response has come in a month says nothing of who answered in it.
answered_months as (

    select distinct
        invitations.source_system,

        months.month_on

    from {{ ref('fct_survey_invitations') }} as invitations
    inner join months
        on
            invitations.first_submitted_at >= months.begins_at
            and invitations.first_submitted_at < months.ends_at
    where
        invitations.survey_type = 'service'
        and invitations.is_in_scope
        and invitations.is_valid_response

),

-- An invitation is open from its sending until its first response, its expiry or the last day on which a response counts.
cells as (

    select
        invitations.shop,

        coalesce(invitations.channel, 'unknown') as channel,
        coalesce(invitations.issue_type, 'unknown') as issue_type,

        count(*) as invited_count,
        count(*) filter (where invitations.is_valid_response and invitations.first_submitted_at < months.ends_at) as valid_count,

        months.month_on

    from {{ ref('fct_survey_invitations') }} as invitations
    inner join months
        on
            invitations.sent_at < months.ends_at
            and {{ add_days('invitations.sent_at', var('survey_valid_days')) }} >= months.begins_at
            and coalesce(invitations.first_submitted_at >= months.begins_at, true)
            and coalesce(invitations.expires_at > months.begins_at, true)
    inner join answered_months
        on
            invitations.source_system = answered_months.source_system
            and months.month_on = answered_months.month_on
    where
        invitations.survey_type = 'service'
        and invitations.is_in_scope
    group by
        invitations.shop,
        coalesce(invitations.channel, 'unknown'),
        coalesce(invitations.issue_type, 'unknown'),
        months.month_on

),

pooled_by_channel as (

    select
        cells.shop,

        cells.channel,
        cells.issue_type,

        case when cells.valid_count >= {{ var('minimum_sample') }} then cells.issue_type else '*' end as pooled_issue_type,

        cells.invited_count,
        cells.valid_count,

        cells.month_on

    from cells

),

channel_pools as (

    select
        cells.shop,

        cells.channel,
        cells.issue_type,
        cells.pooled_issue_type,

        cells.invited_count,
        cells.valid_count,
        sum(cells.valid_count) over (partition by cells.shop, cells.month_on, cells.channel, cells.pooled_issue_type) as pool_valid_count,

        cells.month_on

    from pooled_by_channel as cells

),

adjustment_cells as (

    select
        cells.shop,

        cells.channel,
        cells.issue_type,
        case
            when cells.pool_valid_count >= {{ var('minimum_sample') }} then cells.channel || ' × ' || cells.pooled_issue_type
            else '* × *'
        end as adjustment_cell,

        cells.invited_count,
        cells.valid_count,

        cells.month_on

    from channel_pools as cells

),

summed_cells as (

    select
        cells.shop,

        cells.channel,
        cells.issue_type,
        cells.adjustment_cell,

        cells.invited_count,
        cells.valid_count,
        sum(cells.invited_count) over (partition by cells.shop, cells.month_on, cells.adjustment_cell) as cell_invited_count,
        sum(cells.valid_count) over (partition by cells.shop, cells.month_on, cells.adjustment_cell) as cell_valid_count,

        cells.month_on

    from adjustment_cells as cells

),

months_of_thin_pools as (

    select
        thin_cells.shop,

        earlier_cells.month_on as earlier_month_on,

        sum(earlier_cells.invited_count) as invited_count,
        sum(earlier_cells.valid_count) as valid_count,

        thin_cells.month_on

    from summed_cells as thin_cells
    inner join cells as earlier_cells
        on
            thin_cells.shop = earlier_cells.shop
            and thin_cells.channel = earlier_cells.channel
            and thin_cells.issue_type = earlier_cells.issue_type
            and thin_cells.month_on >= earlier_cells.month_on
    where
        thin_cells.adjustment_cell = '* × *'
        and thin_cells.cell_valid_count < {{ var('minimum_sample') }}
    group by
        thin_cells.shop,
        thin_cells.month_on,
        earlier_cells.month_on

),

months_counted_back as (

    select
        months.shop,

        months.earlier_month_on,

        months.invited_count,
        months.valid_count,
        sum(months.valid_count) over (
            partition by months.shop, months.month_on
            order by months.earlier_month_on desc nulls last
            rows between unbounded preceding and current row
        ) as valid_count_so_far,

        months.month_on

    from months_of_thin_pools as months

),

filled_pools as (

    select
        months.shop,

        sum(months.invited_count) as cell_invited_count,
        sum(months.valid_count) as cell_valid_count,

        months.month_on,
        min(months.earlier_month_on) as counted_from_on

    from months_counted_back as months
    where months.valid_count_so_far - months.valid_count < {{ var('minimum_sample') }}
    group by
        months.shop,
        months.month_on

),

weighted_cells as (

    select
        cells.shop,

        cells.channel,
        cells.issue_type,
        cells.adjustment_cell,

        cells.invited_count,
        cells.valid_count,
        coalesce(filled_pools.cell_invited_count, cells.cell_invited_count) as cell_invited_count,
        coalesce(filled_pools.cell_valid_count, cells.cell_valid_count) as cell_valid_count,

        cells.month_on,
        coalesce(filled_pools.counted_from_on, cells.month_on) as counted_from_on

    from summed_cells as cells
    left join filled_pools
        on
            cells.shop = filled_pools.shop
            and cells.month_on = filled_pools.month_on
            and cells.adjustment_cell = '* × *'

),

represented_cells as (

    select
        cells.shop,

        cells.channel,
        cells.issue_type,
        cells.adjustment_cell,

        cells.invited_count,
        cells.valid_count,
        cells.cell_invited_count,
        cells.cell_valid_count,
        cast({{ safe_divide('cells.cell_invited_count', 'cells.cell_valid_count') }} as decimal(18, 6)) as invited_per_response,

        cells.month_on,
        cells.counted_from_on

    from weighted_cells as cells

),

months_represented as (

    select
        cells.shop,
        cells.month_on,

        sum(cells.valid_count) as valid_count,
        sum(cells.valid_count * cells.invited_per_response) as represented_count

    from represented_cells as cells
    group by
        cells.shop,
        cells.month_on

)

select
    cells.shop,

    cells.channel,
    cells.issue_type,
    cells.adjustment_cell,

    cells.invited_count,
    cells.valid_count,
    cast(cells.cell_invited_count as {{ type_integer() }}) as cell_invited_count,
    cast(cells.cell_valid_count as {{ type_integer() }}) as cell_valid_count,
    cast(
        cast(cells.invited_per_response as {{ type_double() }})
        * {{ safe_divide('months_represented.valid_count', 'months_represented.represented_count') }} as decimal(18, 6)
    ) as response_weight,

    cells.month_on,
    cells.counted_from_on

from represented_cells as cells
inner join months_represented
    on
        cells.shop = months_represented.shop
        and cells.month_on = months_represented.month_on
