-- Which products are asked about more than they are sold? Tickets in scope of an issue type about a product, from the month upwards,
-- against what its share of the shop's sales would bring: of the units ordered, and not cancelled, in the period and the three months
-- before it, since what is asked about was mostly sold earlier. A ticket without a product is about that of its order, if the order has
-- one only; products that were not sold are left out on both sides. The twenty largest excesses of an issue type have a row.
--
-- Chance makes one or the other of so many pairs stand out. A hot spot is one whose excess would hardly be the largest of that many by
-- chance: the bound is taken so far out that a period of one shop has a false one in less than one case in forty (a normal tail beyond √(2
-- ln(m ÷ 0.05)) is smaller than 0.025 ÷ m).
-- noqa: disable=LT02
{{ config(materialized='by_period') }}
{% set sold_lines -%}
        select
            order_lines.shop,
            order_lines.product_key,

            order_lines.quantity as unit_count,

            {{ period_start('month', 'order_lines.ordered_on') }} as month_on

        from {{ ref('fct_order_items') }} as order_lines
        where
            order_lines.ordered_on is not null
            and order_lines.product_key is not null
            and not order_lines.is_cancelled
            and order_lines.quantity > 0
{%- endset %}
{% set asked_tickets -%}
        select
            tickets.shop,
            coalesce(tickets.product_key, orders.product_key) as product_key,

            tickets.issue_type,

            {{ period_start('month', 'tickets.created_on') }} as month_on

        from {{ ref('fct_tickets') }} as tickets
        left join {{ ref('fct_orders') }} as orders
            on tickets.order_key = orders.order_key
        where
            tickets.is_in_scope
            and tickets.issue_type is not null
            and coalesce(tickets.product_key, orders.product_key) is not null
{%- endset %}
{% set months_of_periods -%}
    {% for grain, months in {'month': 1, 'quarter': 3, 'year': 12}.items() %}
        select
            periods.period_grain,
            periods.period_start,
            {{ add_months_to_date('periods.period_start', -3) }} as sold_from_on,
            {{ add_months_to_date('periods.period_start', months) }} as ends_on

        from RELATION
        where periods.period_grain = '{{ grain }}'
        {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endset %}
{% set spine = ref('int_periods__spined') -%}

with

periods as (
    {{ months_of_periods | replace('RELATION', in_touched_periods(spine, 'periods')) }}
),

sold_by_month as (

    select
        order_lines.shop,
        order_lines.product_key,

        sum(order_lines.unit_count) as unit_count,

        order_lines.month_on

    from (
        {{ sold_lines }}
    ) as order_lines
    where order_lines.month_on >= (select min(periods.sold_from_on) from periods)
    group by
        order_lines.shop,
        order_lines.product_key,
        order_lines.month_on

),

asked_by_month as (

    select
        tickets.shop,
        tickets.product_key,

        tickets.issue_type,

        count(*) as ticket_count,

        tickets.month_on

    from (
        {{ asked_tickets }}
    ) as tickets
    where tickets.month_on >= (select min(periods.period_start) from periods)
    group by
        tickets.shop,
        tickets.product_key,
        tickets.issue_type,
        tickets.month_on

),

sold as (

    select
        periods.period_grain,
        periods.period_start,
        sold_by_month.shop,
        sold_by_month.product_key,

        sum(sold_by_month.unit_count) as unit_count

    from periods
    inner join sold_by_month
        on
            periods.sold_from_on <= sold_by_month.month_on
            and periods.ends_on > sold_by_month.month_on
    group by
        periods.period_grain,
        periods.period_start,
        sold_by_month.shop,
        sold_by_month.product_key

),

shares_of_sales as (

    select
        sold.period_grain,
        sold.period_start,
        sold.shop,
        sold.product_key,

        sold.unit_count,
        {{ safe_divide('sold.unit_count', 'sum(sold.unit_count) over (partition by sold.period_grain, sold.period_start, sold.shop)') }}
            as unit_share,
        count(*) over (partition by sold.period_grain, sold.period_start, sold.shop) as product_count

    from sold

),

asked as (

    select
        periods.period_grain,
        periods.period_start,
        asked_by_month.shop,
        asked_by_month.product_key,

        asked_by_month.issue_type,

        sum(asked_by_month.ticket_count) as ticket_count

    from periods
    inner join asked_by_month
        on
            periods.period_start <= asked_by_month.month_on
            and periods.ends_on > asked_by_month.month_on
    group by
        periods.period_grain,
        periods.period_start,
        asked_by_month.shop,
        asked_by_month.product_key,
        asked_by_month.issue_type

),

pairs as (

    select
        asked.period_grain,
        asked.period_start,
        asked.shop,
        asked.issue_type,
        asked.product_key,

        asked.ticket_count,
        sum(asked.ticket_count) over (
            partition by asked.period_grain, asked.period_start, asked.shop, asked.issue_type
        ) as issue_ticket_count,
        shares_of_sales.unit_count,
        shares_of_sales.unit_share,
        shares_of_sales.product_count

    from asked
    inner join shares_of_sales
        on
            asked.period_grain = shares_of_sales.period_grain
            and asked.period_start = shares_of_sales.period_start
            and asked.shop = shares_of_sales.shop
            and asked.product_key = shares_of_sales.product_key

),

compared_issue_types as (

    select
        pairs.period_grain,
        pairs.period_start,
        pairs.shop,

        count(distinct pairs.issue_type) as issue_type_count

    from pairs
    where pairs.issue_ticket_count >= {{ var('minimum_sample') }}
    group by
        pairs.period_grain,
        pairs.period_start,
        pairs.shop

),

excesses as (

    select
        pairs.period_grain,
        pairs.period_start,
        pairs.shop,
        pairs.issue_type,
        pairs.product_key,

        pairs.issue_ticket_count < {{ var('minimum_sample') }} as is_small_sample,

        cast(row_number() over (
            partition by pairs.period_grain, pairs.period_start, pairs.shop, pairs.issue_type
            order by
                {{ rounded('pairs.ticket_count - pairs.issue_ticket_count * pairs.unit_share', 6) }} desc nulls last,
                {{ id_order('pairs.product_key') }} asc nulls last,
                pairs.product_key asc nulls last
        ) as {{ type_integer() }}) as excess_rank,
        cast(pairs.ticket_count as {{ type_integer() }}) as ticket_count,
        cast(pairs.issue_ticket_count as {{ type_integer() }}) as issue_ticket_count,
        cast(pairs.unit_count as {{ type_integer() }}) as sold_unit_count,
        pairs.unit_share as sold_unit_share,
        pairs.issue_ticket_count * pairs.unit_share as expected_ticket_count,
        cast(pairs.product_count * coalesce(compared.issue_type_count, 0) as {{ type_integer() }}) as compared_pair_count,
        sqrt(2 * ln(greatest(1, pairs.product_count * coalesce(compared.issue_type_count, 0)) / 0.05e0)) as z_of_all

    from pairs
    left join compared_issue_types as compared
        on
            pairs.period_grain = compared.period_grain
            and pairs.period_start = compared.period_start
            and pairs.shop = compared.shop

)

select
    excesses.period_grain,
    excesses.period_start,
    excesses.shop,
    excesses.issue_type,
    excesses.product_key,

    excesses.is_small_sample,
    not excesses.is_small_sample
    and {{ count_bound('-', 'excesses.ticket_count', 'excesses.z_of_all') }} > excesses.expected_ticket_count as is_hot_spot,

    case when not excesses.is_small_sample then cast(excesses.excess_rank as {{ type_integer() }}) end as excess_rank,
    excesses.ticket_count,
    excesses.issue_ticket_count,
    {{ safe_divide('excesses.ticket_count', 'excesses.issue_ticket_count') }} as ticket_share,
    excesses.sold_unit_count,
    excesses.sold_unit_share,
    excesses.expected_ticket_count,
    excesses.ticket_count - excesses.expected_ticket_count as excess_ticket_count,
    {{ safe_divide('excesses.ticket_count', 'excesses.expected_ticket_count') }} as lift,
    {{ safe_divide(count_bound('-', 'excesses.ticket_count'), 'excesses.expected_ticket_count') }} as lift_lower,
    {{ safe_divide(count_bound('+', 'excesses.ticket_count'), 'excesses.expected_ticket_count') }} as lift_upper,
    {{ safe_divide(count_bound('-', 'excesses.ticket_count', 'excesses.z_of_all'), 'excesses.expected_ticket_count') }}
        as lift_lower_of_all,
    excesses.compared_pair_count

from excesses
where
    excesses.excess_rank <= 20
    and excesses.ticket_count > excesses.expected_ticket_count
{% set inputs = [] -%}
{% for rows, column, starts_on in [
    (sold_lines, 'unit_count', 'periods.sold_from_on'), (asked_tickets, 'issue_type', 'periods.period_start')
] -%}
    {% set fingerprints -%}
    select
        '{{ column }}' as input,
        periods.period_grain,
        periods.period_start,
        {{ rows_fingerprint('sum(months.row_count)', 'sum(months.hash_sum)') }} as fingerprint

    from (
        {{ months_of_periods | replace('RELATION', spine ~ ' as periods') }}
    ) as periods
    inner join (

        select
            read_rows.month_on,

            count(*) as row_count,
            sum(cast({{ row_hash(['read_rows.shop', 'read_rows.product_key', 'read_rows.' ~ column]) }} as decimal(38, 0))) as hash_sum

        from (
            {{ rows }}
        ) as read_rows
        group by read_rows.month_on

    ) as months
        on
            {{ starts_on }} <= months.month_on
            and periods.ends_on > months.month_on
    group by
        periods.period_grain,
        periods.period_start
    {%- endset %}
    {% do inputs.append(fingerprints) -%}
{% endfor -%}
{{ built_from(inputs) }}
