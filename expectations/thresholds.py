"""Every number an expectation compares with, and why it is that number. No rule stands here."""

from __future__ import annotations

# A result keeps a few rows by name, so that someone can look them up, and its message shows some of them: it has to stay readable.
EXAMPLES_KEPT = 5
EXAMPLES_SHOWN = 3

# Share of a feed's rows that may be rejected before the marts would mislead. Any rejected row is a warning.
# With a tenth missing, a rate of 80 % could really be anything from 72 % to 82 %: wider than the changes the marts are asked about.
REJECTED_SHARE_LIMIT = 0.10

# A delivery is compared with the mean of the deliveries before it. Two weeks of nightly extracts hold every weekday twice;
# with fewer than seven there is no week to compare with.
VOLUME_TRAILING_EXTRACTS = 14
VOLUME_MINIMUM_HISTORY = 7
# Promotion days bring up to about five times an ordinary day, public holidays a third of one. What lies beyond is worth a look.
VOLUME_LOWEST_MULTIPLE = 0.2
VOLUME_HIGHEST_MULTIPLE = 5.0

# Amounts are decimals with two places; half a cent absorbs what dividing and converting them leaves behind.
AMOUNT_TOLERANCE = 0.005

# Doubles that should be equal differ in the last bits when sums run in another order.
RELATIVE_TOLERANCE = 1e-9

# Lowest and highest possible value of each KPI whose unit is a score. The scales are those of the seeds survey_questions
# (1 to 5, effort 1 to 7) and quality_bands (60 to 100); a gap is a difference of two answers on scales of up to 60 days.
SCORE_RANGES: dict[str, tuple[float, float]] = {
    "csat_mean": (1, 5),
    "bot_csat_mean": (1, 5),
    "ces_mean": (1, 7),
    "resolution_score_mean": (60, 100),
    "quality_score_mean": (60, 100),
    "response_band_score_mean": (60, 100),
    "attitude_score_mean": (60, 100),
    "communication_score_mean": (60, 100),
    "follow_up_score_mean": (60, 100),
    "expectation_gap_mean": (-60, 60),
}

# Points are shares of one: promoters minus detractors.
POINTS_RANGE: tuple[float, float] = (-1, 1)

# Ratios of sums of bookings. A booking may be taken back by a negative one on a later day, and costs may exceed revenue, so that such
# a ratio can be anything in a short period. Amounts have no bounds for the same reason; staging warns of negative ones.
UNBOUNDED_RATIOS: frozenset[str] = frozenset(
    {
        "cost_share_labour",
        "cost_share_logistics",
        "cost_share_repair",
        "cost_share_warehousing",
        "cost_share_customer_service",
        "cost_share_quality",
        "cost_to_revenue",
    }
)

# KPIs that count a thing once per period, whatever it had to do with: a customer with tickets in two channels is one customer
# overall. Their members may add up to more than overall, never to less.
COUNTED_ONCE_PER_PERIOD: frozenset[str] = frozenset(
    {"customer_problem_rate", "problem_satisfied_rate", "multi_channel_rate", "resolved_per_agent_day", "cost_per_agent"}
)

# KPIs that say how things stand at the end of a period. The end of a month is its last day, not the sum of its days.
STATES_AT_PERIOD_END: frozenset[str] = frozenset({"backlog_open", "backlog_over_7d"})

# The business date of a moment may be a day ahead of its date in UTC: by fourteen hours where the day begins first (UTC+14).
BUSINESS_DATE_AHEAD_HOURS = 14

# Business and calendar minutes are both seconds divided by sixty; the last bit may differ.
MINUTES_TOLERANCE = 1e-6
