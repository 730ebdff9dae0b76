-- Two policies that fit a kind of ticket and name equally many of source system, priority, channel and issue type: neither can be
-- said to hold. A policy that names what both name together settles it.
select distinct
    targets.metric,
    targets.policy_id,
    targets.tied_policy_id,
    targets.source_system,
    targets.channel,
    targets.issue_type,
    targets.priority

from {{ ref('int_sla_targets__resolved') }} as targets
where targets.tied_policy_id is not null
