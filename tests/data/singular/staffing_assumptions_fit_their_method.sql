-- Erlang C asks how many are served at once, and what share in how many seconds; other work, for which share of an hour it is done.
select
    assumptions.channel,
    assumptions.method

from {{ ref('staffing_assumptions') }} as assumptions
where not coalesce(
    case assumptions.method
        when 'erlang_c'
            then
                assumptions.concurrency >= 1
                and assumptions.target_seconds >= 0
                and assumptions.target_share > 0 and assumptions.target_share < 1
        else assumptions.occupancy > 0 and assumptions.occupancy <= 1
    end
    and assumptions.handling_seconds >= 0,
    false
)
