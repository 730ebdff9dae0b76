"""What is planted in the simulated shop: the one place where its probabilities, durations and effects stand.

Everything here is a plain number that a person may change. The simulator obeys these numbers; ``planted`` works out
what the KPIs must come to because of them and writes ``truths.json``. Shares are in millionths (``ppm``), durations in
seconds, money in hundredths of the currency, so that every machine reckons alike. ``[S0]``-``[S4]`` mark figures taken
from the published sources that the KPI catalogue lists.
"""

from __future__ import annotations

from dataclasses import dataclass

MINUTE = 60
HOUR = 3_600
DAY = 86_400


def percent(value: float) -> int:
    """Per cent as millionths."""
    return round(value * 10_000)


# --- Words of the contract, in the order of the codes used inside the simulator -----------------------------------

CHANNELS = ("phone", "chat", "email", "social", "app", "self_service", "bot", "store")
ISSUE_TYPES = (
    "return_exchange", "repair", "logistics", "payment", "product_quality", "product_question", "complaint", "other",
)  # fmt: skip
PRIORITIES = ("urgent", "high", "normal", "low")
# In a help desk's own words, by issue type.
CONTACT_REASONS = (
    ("size does not fit", "changed mind", "wrong item sent", "how to return"), ("does not switch on", "part is broken", "repair status"),
    ("where is my parcel", "parcel is late", "wrong address", "parcel is damaged"), ("refund not received", "invoice", "payment failed"),
    ("worn out early", "fault on arrival", "smell or stain"), ("how to use it", "fits my model", "in stock again"),
    ("rude reply", "promise not kept", "second complaint"), ("account", "coupon", "other question"),
)  # fmt: skip
RESOLUTION_CODES = ("root_cause_solved", "targeted_solution", "guided_self_solve", "referred_to_repair", "unsolved")
REQUEST_TYPES = ("return", "exchange", "repair", "refund_only")
REASONS = (
    "quality_defect", "not_as_described", "wrong_item", "damaged_in_transit", "late_delivery", "changed_mind", "other",
)  # fmt: skip
CANCEL_REASONS = ("service", "stock", "price", "changed_mind", "payment", "other")
TIERS = ("standard", "silver", "gold", "vip")
POLICIES = ("unconditional", "conditional", "time_limited", "none")
PLATFORM_VERDICTS = ("customer", "shop", "shared")
COMPLETERS = ("shop", "platform", "timeout", "customer")
REFUND_METHODS = ("original", "store_credit", "other")
TAGS = ("promotion", "follow_up", "gift", "influencer", "fraud_check", "bulk_order")
COST_CATEGORIES = ("labour", "logistics", "repair", "warehousing", "customer_service", "quality")
CATEGORIES = ("electronics", "apparel", "home_appliances", "beauty", "food", "furniture", "sports", "toys")
REGIONS = (
    "Guangdong", "Jiangsu", "Zhejiang", "Shandong", "Henan", "Sichuan", "Hubei", "Hunan", "Hebei", "Fujian", "Shanghai",
    "Beijing", "Anhui", "Liaoning", "Shaanxi", "Chongqing", "Jiangxi", "Guangxi", "Yunnan", "Tianjin",
)  # fmt: skip
TEAMS = ("chat", "phone", "mail", "store", "complaints", "repairs")

# --- Seasons -------------------------------------------------------------------------------------------------------

# Orders by hour of the day in the shop's zone: lunch and evening peaks.
HOUR_WEIGHTS = (18, 10, 6, 4, 3, 4, 8, 16, 30, 44, 52, 54, 56, 52, 48, 48, 48, 46, 46, 52, 64, 70, 58, 36)
# Contacts keep office hours more than orders do.
CONTACT_HOUR_WEIGHTS = (8, 4, 3, 2, 2, 3, 6, 16, 40, 66, 72, 66, 52, 54, 62, 60, 56, 50, 44, 46, 48, 42, 28, 16)
# Parcels leave and arrive by day.
PARCEL_HOUR_WEIGHTS = (0, 0, 0, 0, 0, 0, 0, 1, 4, 8, 10, 10, 7, 7, 9, 10, 10, 9, 8, 6, 3, 1, 0, 0)
# Monday first.
WEEKDAY_WEIGHTS = (96, 94, 95, 98, 103, 110, 108)
# (month, day): the day's orders against an ordinary day, in per cent.
PROMOTIONS = {
    (11, 11): 620, (11, 10): 240, (11, 1): 260, (6, 18): 420, (6, 17): 200, (6, 1): 180, (12, 12): 260, (3, 8): 160,
    (5, 20): 140, (8, 18): 150, (9, 9): 150,
}  # fmt: skip
PROMOTION_DISCOUNT_PPM = percent(15)
# First day of the spring festival; for a week the shop is quiet.
SPRING_FESTIVALS = ("2022-02-01", "2023-01-22", "2024-02-10", "2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26")
SPRING_FESTIVAL_PERCENT = 45
YEARLY_GROWTH_PPM = percent(12)

# --- Orders --------------------------------------------------------------------------------------------------------

LINES_WEIGHTS = (68, 20, 8, 4)
QUANTITY_WEIGHTS = (80, 14, 6)
# Median unit price by category; sigma in hundredths.
PRICE_CENTS = (69_900, 15_900, 89_900, 12_900, 6_900, 49_900, 18_900, 9_900)
PRICE_SIGMA = 55
# Shares of all orders that are cancelled, by reason (CANCEL_REASONS). [S4: 5.8 % for service]
CANCEL_PPM = (percent(5.8), percent(0.6), percent(0.4), percent(1.4), percent(0.9), percent(0.2))
SHIPPING_SECONDS, SHIPPING_SIGMA = 14 * HOUR, 60
TRANSPORT_SECONDS, TRANSPORT_SIGMA = 50 * HOUR, 45
PROMOTION_SLOWDOWN_PERCENT = 160

# --- Contacts ------------------------------------------------------------------------------------------------------

CHANNEL_WEIGHTS = (18, 37, 8, 6, 15, 6, 7, 3)
# Share of standing orders with a problem that becomes a ticket; an order late by more than LATE_AFTER is worse.
PROBLEM_PPM = percent(17)
LATE_AFTER = 7 * DAY
LATE_PROBLEM_PPM = percent(42)
# Issue types of those tickets (ISSUE_TYPES; returns and repairs come from requests).
PROBLEM_ISSUE_WEIGHTS = (6, 1, 34, 9, 17, 19, 9, 5)
PRE_SALE_PER_ORDER_PPM = percent(5)
WITHOUT_ORDER_PER_ORDER_PPM = percent(2)
SPAM_PER_ORDER_PPM = percent(0.5)
MERGED_PPM = percent(1.8)
# Repeat contact: the same customer about the same order within a week after resolution.
REPEAT_CONTACT_PPM = percent(5)
PRE_SALE_CONVERSION_PPM = percent(15)
PRIORITY_WEIGHTS = (5, 17, 62, 16)
COMPLAINT_PRIORITY_WEIGHTS = (25, 45, 28, 2)
PRIORITY_CHANGE_PPM = percent(6)

# --- First reply ---------------------------------------------------------------------------------------------------

# Median seconds to the first human reply by channel, before the factors below; with them the median over all tickets
# is near 12.3 minutes [S4].
FIRST_REPLY_SECONDS = (300, 640, 5_700, 1_900, 1_020, 1_600, 960, 450)
FIRST_REPLY_SIGMA = 80
# By priority, in per cent of the above.
PRIORITY_REPLY_PERCENT = (45, 70, 100, 170)
NIGHT_HOURS = (0, 8)
NIGHT_REPLY_PERCENT = 280
QUEUE_SHARE_PPM = (percent(20), percent(80))
# Tickets (bots aside) that never get a human reply.
UNREPLIED_PPM = percent(2.5)

# --- Bots ----------------------------------------------------------------------------------------------------------

# By channel: share of tickets that a bot answers, and of those the share that nobody else answers.
BOT_REPLY_PPM = tuple(percent(share) for share in (0, 45, 0, 10, 40, 60, 100, 0))
BOT_ONLY_PPM = tuple(percent(share) for share in (0, 30, 0, 15, 30, 55, 60, 0))
# [S0: a bot replies in 5 minutes]: the mean; with this sigma the mean is exp(0.5 * 0.8**2) = 1.38 medians.
BOT_REPLY_SECONDS, BOT_REPLY_SIGMA = 218, 80
BOT_RESOLUTION_SECONDS, BOT_RESOLUTION_SIGMA = 15 * MINUTE, 70

# --- Resolution ----------------------------------------------------------------------------------------------------

# By issue type: share that is ever resolved [S0: 95 %], median seconds to the first resolution.
RESOLVED_PPM = tuple(percent(share) for share in (96, 93, 95, 98, 94, 98.5, 90, 95))
RESOLUTION_SECONDS = tuple(hours * HOUR for hours in (20, 40, 9, 6, 16, 4, 28, 8))
RESOLUTION_SIGMA = 85
EMAIL_RESOLUTION_PERCENT = 180
REOPEN_PPM = tuple(percent(share) for share in (6, 8, 5, 4, 7, 3, 11, 5))
RESOLVED_AGAIN_PPM = percent(88)
CLOSED_UNSOLVED_PPM = percent(2.5)
ESCALATION_PPM = tuple(percent(share) for share in (3, 5, 4, 4, 5, 1, 24, 2))
TRANSFER_PPM = percent(9)
PENDING_PPM = percent(34)
PENDING_TO_SOLVED_PPM = percent(30)
ON_HOLD_PPM = percent(13)
# Human replies after the first.
FURTHER_REPLIES_WEIGHTS = (46, 27, 17, 10)
RESULT_FEEDBACK_PPM = percent(58)
RESULT_FEEDBACK_SECONDS, RESULT_FEEDBACK_SIGMA = 5 * HOUR, 90
FOLLOW_UP_PPM = percent(24)
RESOLUTION_CODE_WEIGHTS = (48, 29, 14, 7, 2)
BOT_RESOLUTION_CODE_WEIGHTS = (12, 30, 58, 0, 0)
CLOSE_AFTER = 3 * DAY

# --- Notes of the desk ---------------------------------------------------------------------------------------------

CONTACT_REASON_WEIGHTS = (48, 28, 16, 8)
NO_CONTACT_REASON_PPM = percent(4)
TAG_WEIGHTS = (30, 25, 20, 12, 8, 5)
# A first tag, and of the tagged a second one.
TAGGED_PPM, TAGGED_TWICE_PPM = percent(18), percent(25)
# Median seconds that a person spends on a ticket, by channel; by person in per cent of that, in turn.
HANDLING_SECONDS = (420, 360, 540, 480, 330, 300, 240, 600)
HANDLING_SIGMA = 50
AGENT_PACE_PERCENT = (75, 90, 100, 115, 135)
# Until what a customer writes on a solved ticket is answered, at the pace of the person: when it reopens the ticket, and thanks.
REOPENED_REPLY_SECONDS, WELCOME_SECONDS = 15 * MINUTE, 20 * MINUTE

# --- Satisfaction --------------------------------------------------------------------------------------------------

# Probability that a customer scores 4 or 5: the channel's, plus the issue type's shift. [S2: 75.2 % overall]
SATISFIED_BY_CHANNEL = tuple(percent(share) for share in (74, 73, 64, 60, 74, 70, 66, 80))
SATISFIED_BY_ISSUE = tuple(percent(shift) for shift in (1, -4, -1, 2, -5, 5, -18, 1))
SATISFIED_BOT_ONLY = percent(93)  # [S0: 4.8 of 5]
UNRESOLVED_SATISFACTION = percent(-30)
# Of the satisfied those who give 5; of the others those who give 3, 2, 1.
FIVE_AMONG_SATISFIED_PPM = percent(56)
FIVE_AMONG_BOT_SATISFIED_PPM = percent(88)
UNSATISFIED_SCORE_WEIGHTS = (46, 30, 24)
# Other questions: satisfied if the overall answer is satisfied, and if it is not. [S2: 78.6, 77.9, 80.3, 76.2]
QUESTIONS = (
    "response_speed", "problem_solving", "quality", "attitude", "professionalism", "communication", "follow_up",
)  # fmt: skip
QUESTION_SATISFIED_PPM = (
    (percent(91), percent(41)), (percent(93), percent(25)), (percent(91), percent(38)), (percent(92), percent(45)),
    (percent(90), percent(40)), (percent(89), percent(38)), (percent(86), percent(36)),
)  # fmt: skip
QUESTION_ANSWERED_PPM = percent(92)
CES_ANSWERED_PPM = percent(60)
# Customer effort 1-7 by whether satisfied: weights.
CES_WEIGHTS_SATISFIED = (30, 32, 20, 10, 5, 2, 1)
CES_WEIGHTS_UNSATISFIED = (2, 5, 10, 18, 25, 24, 16)

# --- Surveys -------------------------------------------------------------------------------------------------------

INVITED_RESOLVED_PPM = percent(58)
INVITED_UNRESOLVED_PPM = percent(30)
RESPONSE_BY_CHANNEL = tuple(percent(share) for share in (31, 36, 24, 22, 35, 28, 33, 40))
# Slow or missing resolutions keep people from answering: the raw rate flatters the shop.
SLOW_RESOLUTION, SLOW_RESPONSE_SHIFT = 48 * HOUR, percent(-8)
UNRESOLVED_RESPONSE_SHIFT = percent(-12)
RESPONSE_DELAY_SECONDS, RESPONSE_DELAY_SIGMA = 5 * HOUR, 120
# Of the first answers: valid, late, outside the scale, without the overall question. [S2: 950 of 1,000 valid]
RESPONSE_KIND_PPM = (percent(95), percent(2), percent(1.5), percent(1.5))
SECOND_RESPONSE_PPM = percent(1.5)
UNKNOWN_INVITATION_PPM = percent(0.5)
EXPIRES_AFTER = 14 * DAY
NO_EXPIRY_PPM = percent(10)
# Promoters, passives, detractors. [S4: +19]
NPS_WEIGHTS = (45, 29, 26)
NPS_INVITED_PPM = percent(4)
NPS_RESPONSE_PPM = percent(22)
EXPECTATION_INVITED_PPM = percent(6)
EXPECTATION_RESPONSE_PPM = percent(35)
# Item: mean expected, mean experienced, mean importance, in hundredths of the scale. [S2; S4]
EXPECTATION_ITEMS = {
    "effort": (250, 450, 380),
    "guarantee": (400, 300, 430),
    "problem_solving": (440, 370, 460),
    "attitude": (410, 400, 350),
    "communication": (390, 350, 330),
}
RESPONSE_DAYS_EXPECTED_EXPERIENCED_IMPORTANCE = (150, 400, 440)
# Minutes to the first reply that customers expect, by issue type. [S4: 5.8 min; logistics 30 min]
EXPECTED_REPLY_MINUTES = (5.8, 5.8, 30.0, 5.8, 5.8, 5.8, 5.8, 5.8)

# --- Returns, repairs, refunds -------------------------------------------------------------------------------------

# By category: share of delivered lines that come back, are exchanged, repaired (electronics, appliances), refunded only.
RETURN_PPM = tuple(percent(share) for share in (5, 16, 6, 4, 1.5, 7, 9, 5))
EXCHANGE_PPM = tuple(percent(share) for share in (1.5, 4, 1, 0.5, 0.2, 1, 2, 1))
REPAIR_PPM = tuple(percent(share) for share in (6, 0, 7, 0, 0, 1, 1, 0.5))
REFUND_ONLY_PPM = tuple(percent(share) for share in (0.8, 1, 0.8, 1.2, 2.5, 1, 1, 1))
REQUESTED_SECONDS, REQUESTED_SIGMA = int(2.2 * DAY), 55
REPAIR_REQUESTED_SECONDS, REPAIR_REQUESTED_SIGMA = 35 * DAY, 90
OUT_OF_WINDOW_PPM = percent(5)
# Approved, rejected, withdrawn: inside the policy window and outside it.
DECISION_WEIGHTS = (93, 5, 2)
OUT_OF_WINDOW_DECISION_WEIGHTS = (35, 63, 2)
COMPLETED_PPM = percent(96.5)
# Requested to completed by request type. [S0: 48 h -> 12 h; S1: within 24 h]
PROCESSING_SECONDS = (34 * HOUR, 46 * HOUR, 92 * HOUR, 7 * HOUR)
PROCESSING_SIGMA = 45
REASON_WEIGHTS = (
    (18, 24, 8, 7, 4, 33, 6), (26, 22, 26, 14, 0, 6, 6), (92, 0, 0, 6, 0, 0, 2), (12, 14, 10, 26, 26, 6, 6),
)  # fmt: skip
SELF_SERVICE_WITHOUT_TICKET_PPM = percent(80)
TICKET_FOR_REQUEST_PPM = percent(45)
PARTNER_REPAIR_PPM = percent(45)
REPEAT_REPAIR_PPM = percent(8)
# Of lines with several units: one unit only.
PART_OF_LINE_PPM = percent(12)
PARTIAL_REFUND_PPM = percent(9)
SPLIT_REFUND_PPM = percent(5)
# Of refunds of requests, by REFUND_METHODS.
REFUND_METHOD_WEIGHTS = (88, 9, 3)
# The platform is called in by share of the rejected, and of the others; whom it holds liable, and after how long.
ESCALATED_REJECTED_PPM, ESCALATED_PPM = percent(25), percent(0.8)
PLATFORM_VERDICT_WEIGHTS = (48, 38, 14)
VERDICT_SECONDS, VERDICT_SIGMA = 2 * DAY, 50
# Who completes what the platform was not called in for: COMPLETERS.
COMPLETER_WEIGHTS = (90, 0, 7, 3)

# --- Costs, in hundredths --------------------------------------------------------------------------------------------

LABOUR_CENTS_PER_ORDER = 340
WAREHOUSING_CENTS_PER_ORDER = 90
CUSTOMER_SERVICE_CENTS_PER_ORDER = 140
LOGISTICS_CENTS_PER_REQUEST = 1_600
REPAIR_CENTS_PER_REPAIR = 9_500
QUALITY_CENTS_PER_DEFECT = 2_800
COST_NOISE_PERCENT = 30

# --- Loyalty -------------------------------------------------------------------------------------------------------

# Share of customers who order again within 90 days of a resolved ticket, by satisfaction. [S4: 27 points apart]
REPURCHASE_SATISFIED_PPM = percent(56)
REPURCHASE_UNSATISFIED_PPM = percent(29)
# Of the standing orders at least about so many follow a person's reply within three days; nothing is drawn by it.
ASSISTED_ORDERS_PPM = percent(0.8)

# --- Suggestions ---------------------------------------------------------------------------------------------------

SUGGESTION_PPM = percent(4)
# Accepted of those raised; released of those accepted.
SUGGESTION_ACCEPTED_PPM = percent(35)
SUGGESTION_RELEASED_PPM = percent(60)
# Median seconds and sigma from raising to acceptance, and from there to release.
SUGGESTION_ACCEPTANCE = (8 * DAY, 60)
SUGGESTION_MAKING = (35 * DAY, 50)

# --- Events in time: days are fractions of the simulated window, in per cent -----------------------------------------

# What the shop does to become better, and what it really brings. `start` is when it takes effect.
EMAIL_INITIATIVE = {"start": 50, "satisfied_ppm": percent(12)}
LOGISTICS_INITIATIVE = {"start": 55, "reply_percent": 60}
DESCRIPTION_INITIATIVE = {"start": 45, "return_percent": 75}
# All unit costs fall. [S4: -9 %]
COST_INITIATIVE = {"start": 60, "cost_percent": 91}


@dataclass(frozen=True)
class Initiative:
    """A row of the feed, and in words what is planted for it."""

    name: str
    kind: str
    start: int
    investment_cents: int
    scope_dimension: str
    scope_member: str | None
    target_kpi: str
    effect: str


INITIATIVES = (
    Initiative(
        "Answer e-mails by name and in full", "training", EMAIL_INITIATIVE["start"], 6_000_000, "channel", "email", "csat_rate",
        "probability of a satisfied answer +12 points",
    ),
    Initiative(
        "New greeting on the telephone", "other", 50, 1_500_000, "channel", "phone", "csat_rate", "none: it changes nothing",
    ),
    Initiative(
        "Shipment status at hand for the desk", "automation", LOGISTICS_INITIATIVE["start"], 12_000_000, "issue_type",
        "logistics", "first_reply_minutes_median", "first reply in 60 % of the time",
    ),
    Initiative(
        "Measured size charts", "quality", DESCRIPTION_INITIATIVE["start"], 8_000_000, "product_category", "apparel",
        "return_rate_units", "returns 75 % of what they were",
    ),
    Initiative(
        "One system for all after-sales work", "process", COST_INITIATIVE["start"], 20_000_000, "all", None, "cost_per_order",
        "all unit costs 91 % of what they were",
    ),
)  # fmt: skip
# One merchant's customers grow unhappier from `start` to the end of the window.
DECLINING_MERCHANT = {"merchant": 1, "start": 40, "satisfied_ppm": percent(-45)}
# Courses; the first one works: resolution time -15 %, satisfaction +20 % of what it was [S1]. The others do nothing.
COURSES = ("service_recovery", "product_knowledge", "written_tone")
TRAINING = {"start": 45, "share_ppm": percent(35), "resolution_percent": 85, "satisfied_percent": 120}
OTHER_COURSES_PPM = percent(20)

# --- How the extracts are delivered ----------------------------------------------------------------------------------

LATE_DELIVERY_PPM = percent(1.5)
LATE_DELIVERY_DAYS_WEIGHTS = (60, 20, 8, 5, 3, 2, 2)
REPEATED_ROW_PPM = percent(0.5)
REPEATED_FILE_PPM = percent(1.5)
CORRECTED_PPM = percent(1.5)
WITHDRAWN_PPM = percent(0.4)
