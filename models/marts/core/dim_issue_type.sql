-- The names of the issue types, with one for contacts that have none, so that every member of a KPI has a name.
select
    issue_types.issue_type,

    issue_types.name_en,
    issue_types.name_zh,
    issue_types.sort_order

from {{ ref('issue_types') }} as issue_types
