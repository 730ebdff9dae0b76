-- What one unit of each currency was worth in the reporting currency on each day. The seed holds rates to the yuan; a rate
-- between two others is their quotient. A day without a rate has no row: an amount of that day stays without a reporting amount.
with

rates_to_yuan as (

    select
        exchange_rates.currency,
        calendar_days.day_on,

        exchange_rates.cny_per_unit

    from {{ ref('exchange_rates') }} as exchange_rates
    inner join {{ ref('int_days__spined') }} as calendar_days
        on
            exchange_rates.valid_from <= calendar_days.day_on
            and (exchange_rates.valid_to is null or exchange_rates.valid_to > calendar_days.day_on)

)

select
    rates_to_yuan.currency,
    rates_to_yuan.day_on,

    cast({{ safe_divide('rates_to_yuan.cny_per_unit', 'reporting_rates.cny_per_unit') }} as decimal(18, 8)) as rate

from rates_to_yuan
inner join rates_to_yuan as reporting_rates
    on rates_to_yuan.day_on = reporting_rates.day_on
where
    reporting_rates.currency = '{{ var("reporting_currency") }}'
    and rates_to_yuan.currency <> '{{ var("reporting_currency") }}'

union all

-- The reporting currency is worth itself, whatever the seed says.
select
    '{{ var("reporting_currency") }}' as currency,
    calendar_days.day_on,

    cast(1 as decimal(18, 8)) as rate

from {{ ref('int_days__spined') }} as calendar_days
