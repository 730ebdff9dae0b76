-- Two rates of one currency on one day would double every amount of that day.
select
    earlier.currency,
    earlier.valid_from,
    later.valid_from as overlapping_valid_from

from {{ ref('exchange_rates') }} as earlier
inner join {{ ref('exchange_rates') }} as later
    on
        earlier.currency = later.currency
        and (earlier.valid_to is null or earlier.valid_to > later.valid_from)
where
    earlier.valid_from < later.valid_from

union all

select
    exchange_rates.currency,
    exchange_rates.valid_from,
    exchange_rates.valid_from as overlapping_valid_from

from {{ ref('exchange_rates') }} as exchange_rates
group by
    exchange_rates.currency,
    exchange_rates.valid_from
having count(*) > 1
