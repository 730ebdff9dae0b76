-- The names of the contact channels, with one for contacts that have none, so that every member of a KPI has a name.
select
    channels.channel,

    channels.name_en,
    channels.name_zh,
    channels.sort_order

from {{ ref('channels') }} as channels
