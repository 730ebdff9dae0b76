-- How many of the invited does a valid response stand for? The invited and the valid responses to service surveys, as of as_of, are
-- set against each other in cells of channel × issue type. A cell with fewer valid responses than the minimum sample would give
-- single answers large weights: the small cells of a channel are pooled, and the pools that are still small are pooled once more.
-- What then holds no valid response at all is represented by nobody and has no weight.
with

service_invitations as (

    select
        coalesce(invitations.channel, 'unknown') as channel,
        coalesce(invitations.issue_type, 'unknown') as issue_type,

        count(*) as invited_count,
        count(*) filter (where invitations.is_valid_response) as valid_count

    from {{ ref('fct_survey_invitations') }} as invitations
    where invitations.survey_type = 'service'
    group by coalesce(invitations.channel, 'unknown'), coalesce(invitations.issue_type, 'unknown')

),

pooled_by_channel as (

    select
        cells.channel,
        cells.issue_type,

        case when cells.valid_count >= {{ var('minimum_sample') }} then cells.issue_type else '*' end as pooled_issue_type,

        cells.invited_count,
        cells.valid_count

    from service_invitations as cells

),

channel_pools as (

    select
        cells.channel,
        cells.issue_type,
        cells.pooled_issue_type,

        cells.invited_count,
        cells.valid_count,
        sum(cells.valid_count) over (partition by cells.channel, cells.pooled_issue_type) as pool_valid_count

    from pooled_by_channel as cells

),

adjustment_cells as (

    select
        cells.channel,
        cells.issue_type,
        case
            when cells.pool_valid_count >= {{ var('minimum_sample') }} then cells.channel || ' × ' || cells.pooled_issue_type
            else '* × *'
        end as adjustment_cell,

        cells.invited_count,
        cells.valid_count

    from channel_pools as cells

),

summed_cells as (

    select
        cells.channel,
        cells.issue_type,
        cells.adjustment_cell,

        cells.invited_count,
        cells.valid_count,
        sum(cells.invited_count) over (partition by cells.adjustment_cell) as cell_invited_count,
        sum(cells.valid_count) over (partition by cells.adjustment_cell) as cell_valid_count

    from adjustment_cells as cells

)

select
    cells.channel,
    cells.issue_type,
    cells.adjustment_cell,

    cells.invited_count,
    cells.valid_count,
    cast(cells.cell_invited_count as {{ type_integer() }}) as cell_invited_count,
    cast(cells.cell_valid_count as {{ type_integer() }}) as cell_valid_count,
    cast({{ safe_divide('cells.cell_invited_count', 'cells.cell_valid_count') }} as decimal(18, 6)) as response_weight

from summed_cells as cells
