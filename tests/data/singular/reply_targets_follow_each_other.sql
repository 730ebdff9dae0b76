-- A channel's reply targets follow each other without gap or overlap, each with hours and seconds that can be kept.
with

targets as (

    select
        coalesce(targets.channel, 'any') as channel,

        targets.target_seconds,
        targets.opens_at,
        targets.closes_at,

        targets.valid_from,
        targets.valid_to,
        lead(targets.valid_from) over (partition by targets.channel order by targets.valid_from nulls last) as next_valid_from

    from {{ ref('reply_targets') }} as targets

)

select
    targets.channel,

    targets.target_seconds,
    targets.opens_at,
    targets.closes_at,

    targets.valid_from,
    targets.valid_to,
    targets.next_valid_from

from targets
where
    targets.target_seconds <= 0
    or targets.valid_to <= targets.valid_from
    or not {{ regex_matches('targets.opens_at', '^([01][0-9]|2[0-3]):[0-5][0-9]$') }}
    or not {{ regex_matches('targets.closes_at', '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$') }}
    or targets.opens_at = targets.closes_at
    or (targets.next_valid_from is not null and coalesce(targets.valid_to <> targets.next_valid_from, true))
