-- What is to be done about a merchant after a month? Reward the best tenth if excellent; rectify who is poor or worse, or fell two months
-- in a row, each time by more than the 95 % interval of the change; watch who is fair, or fell so once; nothing about the others and about
-- those with few tickets.
with

months as (

    select
        league.period_start as month_on,
        league.member as merchant_key,

        league.quality_grade,
        league.is_small_sample,

        league.ticket_count,
        league.score_mean,
        league.score_mean_upper - league.score_mean as half_width,
        league.shrunk_score,
        league.rank_number,
        league.ranked_member_count

    from {{ ref('kpi_quality_league') }} as league
    cross join {{ ref('int_as_of__resolved') }} as resolved
    where
        league.period_grain = 'month'
        and league.dimension = 'merchant'
        and league.period_start < {{ period_start('month', business_date('resolved.as_of_at')) }}

),

changes as (

    select
        months.month_on,
        months.merchant_key,

        coalesce(
            previous_months.score_mean - months.score_mean
            > sqrt(months.half_width * months.half_width + previous_months.half_width * previous_months.half_width),
            false
        ) as has_fallen,

        months.score_mean - previous_months.score_mean as score_change

    from months
    inner join months as previous_months
        on
            months.merchant_key = previous_months.merchant_key
            and months.month_on = {{ add_months_to_date('previous_months.month_on', 1) }}
    where
        not months.is_small_sample
        and not previous_months.is_small_sample

),

judged as (

    select
        months.month_on,
        months.merchant_key,

        months.quality_grade,
        case
            when months.is_small_sample then 'too_few_tickets'
            when months.quality_grade in ('poor', 'bad') then 'poor_or_worse'
            when changes.has_fallen and earlier_changes.has_fallen then 'falling_for_two_months'
            when months.quality_grade = 'excellent' and months.rank_number * 10 < months.ranked_member_count + 10
                then 'top_decile_and_excellent'
            when changes.has_fallen then 'falling'
            when months.quality_grade = 'fair' then 'fair'
            else 'steady'
        end as reason,

        months.ticket_count,
        months.score_mean,
        months.shrunk_score,
        changes.score_change

    from months
    left join changes
        on
            months.merchant_key = changes.merchant_key
            and months.month_on = changes.month_on
    left join changes as earlier_changes
        on
            months.merchant_key = earlier_changes.merchant_key
            and months.month_on = {{ add_months_to_date('earlier_changes.month_on', 1) }}

)

select
    judged.month_on,
    judged.merchant_key,

    judged.quality_grade,
    case
        when judged.reason in ('poor_or_worse', 'falling_for_two_months') then 'rectify'
        when judged.reason = 'top_decile_and_excellent' then 'reward'
        when judged.reason in ('falling', 'fair') then 'watch'
        else 'none'
    end as merchant_action,
    judged.reason as action_reason,

    judged.ticket_count,
    judged.score_mean,
    judged.shrunk_score,
    judged.score_change

from judged
