-- A business clock without a calendar measures nothing, a calendar beside a calendar clock is a misunderstanding, and a policy that
-- ends before it begins never holds.
select
    policies.policy_id,

    policies.clock,
    policies.calendar_code,

    policies.valid_from,
    policies.valid_to

from {{ ref('sla_policies') }} as policies
where
    (policies.clock = 'business') <> (policies.calendar_code is not null)
    or policies.target_minutes <= 0
    or policies.valid_to <= policies.valid_from
