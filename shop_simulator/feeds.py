"""How the simulated rows read in the contract's feeds: names and types of columns, identifiers, words, made-up people.

Each column is an SQL expression over the whole numbers of the store. How a type is spelt in a file format is a matter of
``extracts``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shop_simulator import truths
from shop_simulator.asking import QUESTION_CODES, SURVEY_TYPES
from shop_simulator.people import ROLES, TEAM_NAMES
from shop_simulator.recounting import AGENT_BASE, EVENT_TYPES, PRIORITY_BASE, STATUSES, TICKET_BASE
from shop_simulator.requesting import DECISIONS
from shop_simulator.window import NEVER

TEXT, INTEGER, MONEY, MOMENT, DATE, BOOLEAN = "text", "integer", "money", "moment", "date", "boolean"


@dataclass(frozen=True)
class Column:
    """A column of a feed. ``sql`` gives text, or a whole number: hundredths, seconds since 1970 in UTC, days since 1970."""

    name: str
    kind: str
    sql: str
    is_required: bool = False
    has_accepted_values: bool = False


@dataclass(frozen=True)
class Feed:
    """A feed of the contract, and the file format in which it is delivered unless told otherwise."""

    name: str
    file_format: str
    columns: tuple[Column, ...]


def _number(prefix: str, sql: str, digits: int) -> str:
    return f"case when {sql} >= 0 then '{prefix}' || lpad(cast({sql} as varchar), {digits}, '0') end"


def _word(sql: str, words: Sequence[str | None]) -> str:
    cases = " ".join(f"when {code} then '{word}'" for code, word in enumerate(words) if word is not None)
    return f"case {sql} {cases} end"


def _listed(sql: str, words: Sequence[str]) -> str:
    quoted = ", ".join("'" + word.replace("'", "''") + "'" for word in words)
    return f"([{quoted}])[cast({sql} as integer) + 1]"


def customer_id(sql: str = "customer") -> str:
    """Digits only: leading zeros count."""
    return _number("", sql, 8)


def order_id(sql: str = "order_number") -> str:
    """Digits only: leading zeros count."""
    return _number("", sql, 10)


def merchant_id(sql: str = "merchant") -> str:
    """The merchant's own id."""
    return _number("M", sql, 4)


def product_id(sql: str = "product") -> str:
    """The product's own id."""
    return _number("P", sql, 6)


def ticket_id(sql: str = "ticket") -> str:
    """The ticket's own id."""
    return _number("T", sql, 9)


def agent_id(sql: str = "agent") -> str:
    """The agent's staff number."""
    return _number("A", sql, 4)


def request_id(sql: str = "request") -> str:
    """The request's own id."""
    return _number("R", sql, 9)


def _shown(moment: str) -> str:
    """A moment that the version of the row knows already."""
    return f"case when {moment} <= updated_at then {moment} end"


def _ever(moment: str) -> str:
    """A moment that is known from the first, or never."""
    return f"case when {moment} < {NEVER} then {moment} end"


def _other_until(corrected_at: str, word: str) -> str:
    """A word that is noted as `other` at first, if it is corrected at all."""
    return f"case when {corrected_at} < {NEVER} and {corrected_at} > updated_at then 'other' else {word} end"


def _local_day(moment: str) -> str:
    return f"(({moment}) + 28800) // 86400"


def _key(name: str, sql: str, kind: str = TEXT) -> Column:
    return Column(name, kind, sql, is_required=True)


def _choice(name: str, sql: str, *, is_required: bool = False) -> Column:
    return Column(name, TEXT, sql, is_required=is_required, has_accepted_values=True)


_SURNAMES = (
    ("王", "wang"), ("李", "li"), ("张", "zhang"), ("刘", "liu"), ("陈", "chen"), ("杨", "yang"), ("赵", "zhao"), ("黄", "huang"),
    ("周", "zhou"), ("吴", "wu"), ("徐", "xu"), ("孙", "sun"), ("胡", "hu"), ("朱", "zhu"), ("高", "gao"), ("林", "lin"),
    ("何", "he"), ("郭", "guo"), ("马", "ma"), ("罗", "luo"), ("欧阳", "ouyang"), ("司马", "sima"),
)  # fmt: skip
_GIVEN_NAMES = (
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "秀英", "志强", "晓燕",
    "建国", "雨桐", "子涵", "浩然", "欣怡", "思远", "佳琪", "文博", "若曦", "俊杰", "梓萱", "一诺",
)  # fmt: skip
_BRANDS = ("晨星", "远山", "青禾", "海蓝", "云杉", "北斗", "竹里", "橙光", "松果", "白鹭", "星野", "听涛")
_CATEGORY_WORDS = ("数码", "服饰", "家电", "美妆", "食品", "家具", "运动", "玩具")
_COMMENTS = (
    "很满意，回复很快", "客服态度很好，问题解决了", "等了太久", "一般般吧", "快递太慢，催了三次才有人回复", "机器人答非所问",
    "退款到账很快,谢谢", '说好"当天回复"，结果等了两天', "问题没有解决\n希望尽快处理", "Good service, thanks!", "不错 👍",
    "第一次联系没人理；第二次才解决", "客服很专业,\n讲得很清楚", "价格贵了点", "会推荐给朋友", "再也不来了",
)  # fmt: skip

_NAME = f"{_listed('surname % 22', [name for name, _ in _SURNAMES])} || {_listed('surname // 22 % 32', _GIVEN_NAMES)}"
_EMAIL = f"{_listed('surname % 22', [pinyin for _, pinyin in _SURNAMES])} || '.' || cast(customer as varchar) || '@example.com'"
# No Chinese number begins with 000.
_PHONE = (
    "'000' || lpad(cast((customer * 7919 + case when phone_changed_at <= updated_at then 1 else 0 end) % 100000000 as varchar), 8, '0')"
)
_MERCHANT_NAME = f"{_listed('merchant % 12', _BRANDS)} || {_listed('category', _CATEGORY_WORDS)} || '示例店' || cast(merchant as varchar)"
_PRODUCT_NAME = (
    f"{_listed('category', _CATEGORY_WORDS)} || '商品 ' || cast(product as varchar)"
    " || case when renamed_at <= updated_at then ' (新款)' else '' end"
)
_CANCEL_REASON = _other_until("corrected_at", _word("cancel_reason", truths.CANCEL_REASONS))
_PRIORITY = f"case when reprioritised_at < {NEVER} and reprioritised_at > updated_at then first_priority else priority end"
_EVENT_VALUE = (
    "case when {0} < 0 then null"
    f" when {{0}} >= {TICKET_BASE} then {ticket_id(f'({{0}} - {TICKET_BASE})')}"
    f" when {{0}} >= {AGENT_BASE} then {agent_id(f'({{0}} - {AGENT_BASE})')}"
    f" when {{0}} >= {PRIORITY_BASE} then {_word(f'({{0}} - {PRIORITY_BASE})', truths.PRIORITIES)}"
    f" else {_word('{0}', STATUSES)} end"
)
# The resolution code is unknown until the ticket is resolved, and again while it is open anew.
_CODE = (
    f"case when (first_resolved_at <= updated_at and updated_at < reopened_at) or resolved_again_at <= updated_at"
    f" then {_word('code', truths.RESOLUTION_CODES)} end"
)
_REASONS_OF_ISSUES = " ".join(f"when {issue} then {_word('contact_reason', words)}" for issue, words in enumerate(truths.CONTACT_REASONS))
_CONTACT_REASON = f"case issue {_REASONS_OF_ISSUES} end"
_UPDATED_AT = Column("updated_at", MOMENT, "updated_at")
_CURRENCY = Column("currency", TEXT, "'CNY'")
_WITHDRAWN = Column("is_deleted", BOOLEAN, "withdrawn_at <= updated_at")

FEEDS: tuple[Feed, ...] = (
    Feed("customers", "csv.gz", (
        _key("customer_id", customer_id()),
        Column("registered_at", MOMENT, "registered_at"),
        Column("region", TEXT, _word("region", truths.REGIONS)),
        _choice("customer_tier", _word("case when promoted_at <= updated_at then tier else first_tier end", truths.TIERS)),
        Column("full_name", TEXT, _NAME),
        Column("email", TEXT, _EMAIL),
        Column("phone", TEXT, _PHONE),
        _UPDATED_AT,
    )),
    Feed("merchants", "csv", (
        _key("merchant_id", merchant_id()),
        _key("merchant_name", _MERCHANT_NAME),
        Column("category", TEXT, _word("category", truths.CATEGORIES)),
        Column("region", TEXT, _word("region", truths.REGIONS)),
        Column("opened_on", DATE, _local_day("opened_at")),
        _UPDATED_AT,
    )),
    Feed("products", "csv", (
        _key("product_id", product_id()),
        Column("product_name", TEXT, _PRODUCT_NAME),
        Column("category", TEXT, _word("category", truths.CATEGORIES)),
        Column("merchant_id", TEXT, merchant_id()),
        _choice("return_policy", _word("policy", truths.POLICIES)),
        Column("return_window_days", INTEGER, "window_days"),
        Column("warranty_days", INTEGER, "warranty_days"),
        _UPDATED_AT,
    )),
    Feed("orders", "csv", (
        _key("order_id", order_id()),
        _key("customer_id", customer_id()),
        Column("merchant_id", TEXT, merchant_id()),
        _key("ordered_at", "ordered_at", MOMENT),
        Column("paid_at", MOMENT, _shown("paid_at")),
        Column("shipped_at", MOMENT, _shown("shipped_at")),
        Column("delivered_at", MOMENT, _shown("delivered_at")),
        Column("cancelled_at", MOMENT, _shown("cancelled_at")),
        _choice("cancel_reason", f"case when cancelled_at <= updated_at then {_CANCEL_REASON} end"),
        Column("order_amount", MONEY, "amount"),
        _CURRENCY,
        _UPDATED_AT,
        _WITHDRAWN,
    )),
    Feed("order_items", "parquet", (
        _key("order_id", order_id()),
        _key("line_number", "line_number", INTEGER),
        _key("product_id", product_id()),
        _key("quantity", "quantity", INTEGER),
        _key("unit_price", "unit_price", MONEY),
        Column("discount_amount", MONEY, "discount"),
        _UPDATED_AT,
        _WITHDRAWN,
    )),
    Feed("after_sales_requests", "csv", (
        _key("request_id", request_id()),
        _key("order_id", order_id()),
        Column("line_number", INTEGER, "line_number"),
        Column("ticket_id", TEXT, ticket_id()),
        _choice("request_type", _word("kind", truths.REQUEST_TYPES), is_required=True),
        _choice("reason", _other_until("refiled_at", _word("reason", truths.REASONS))),
        Column("quantity", INTEGER, "quantity"),
        _key("requested_at", "requested_at", MOMENT),
        Column("decided_at", MOMENT, _shown("decided_at")),
        _choice("decision", f"case when decided_at <= updated_at then {_word('decision', DECISIONS)} end"),
        Column("item_received_at", MOMENT, _shown("received_at")),
        Column("completed_at", MOMENT, _shown("completed_at")),
        Column("is_self_service", BOOLEAN, "is_self_service = 1"),
        _choice("handled_by", "case is_partner when 1 then 'partner' else 'in_house' end"),
        Column("partner_id", TEXT, f"case is_partner when 1 then {_number('W', 'partner', 2)} end"),
        Column("is_under_warranty", BOOLEAN, "case when is_covered >= 0 then is_covered = 1 end"),
        Column("fee_charged_amount", MONEY, "case when decided_at <= updated_at then fee end"),
        _CURRENCY,
        Column("escalated_to_platform_at", MOMENT, _shown("escalated_at")),
        _choice("platform_verdict", f"case when judged_at <= updated_at then {_word('verdict', truths.PLATFORM_VERDICTS)} end"),
        _choice("completed_by", f"case when completed_at <= updated_at then {_word('completer', truths.COMPLETERS)} end"),
        _UPDATED_AT,
    )),
    Feed("refunds", "parquet", (
        _key("refund_id", _number("F", "refund", 9)),
        Column("request_id", TEXT, request_id()),
        _key("order_id", order_id()),
        Column("line_number", INTEGER, "case when line_number > 0 then line_number end"),
        _key("refunded_at", "refunded_at", MOMENT),
        _key("refund_amount", "amount", MONEY),
        _CURRENCY,
        _choice("refund_method", _word("method", truths.REFUND_METHODS)),
        _UPDATED_AT,
    )),
    Feed("service_costs", "csv.gz", (
        _key("cost_id", _number("K", "cost", 9)),
        _key("incurred_on", _local_day("incurred_at"), DATE),
        _choice("cost_category", _word("category", truths.COST_CATEGORIES), is_required=True),
        _key("amount", "amount", MONEY),
        _CURRENCY,
        Column("merchant_id", TEXT, merchant_id()),
        Column("channel", TEXT, _word("channel", truths.CHANNELS)),
        Column("request_id", TEXT, request_id()),
        _UPDATED_AT,
        _WITHDRAWN,
    )),
    Feed("initiatives", "csv", (
        _key("initiative_id", _number("N", "initiative", 2)),
        _key("initiative_name", _word("initiative", [each.name for each in truths.INITIATIVES])),
        _choice("initiative_type", _word("initiative", [each.kind for each in truths.INITIATIVES])),
        _key("started_on", _local_day("started_at"), DATE),
        Column("ended_on", DATE, "cast(null as bigint)"),
        Column("investment_amount", MONEY, "investment"),
        _CURRENCY,
        _choice("scope_dimension", _word("initiative", [each.scope_dimension for each in truths.INITIATIVES])),
        Column("scope_member", TEXT, _word("initiative", [each.scope_member for each in truths.INITIATIVES])),
        Column("target_kpi", TEXT, _word("initiative", [each.target_kpi for each in truths.INITIATIVES])),
        _UPDATED_AT,
    )),
    Feed("agents", "csv", (
        _key("agent_id", agent_id()),
        _key("valid_from", "valid_from", MOMENT),
        Column("agent_name", TEXT, f"case when role = 1 then '智能客服' else {_NAME} end"),
        _choice("agent_role", _word("role", ROLES)),
        Column("team", TEXT, _word("team", TEAM_NAMES)),
        Column("hired_on", DATE, _local_day("hired_at")),
        _UPDATED_AT,
    )),
    Feed("tickets", "jsonl", (
        _key("ticket_id", ticket_id()),
        Column("customer_id", TEXT, customer_id()),
        Column("order_id", TEXT, order_id()),
        Column("merchant_id", TEXT, merchant_id()),
        Column("product_id", TEXT, product_id()),
        _choice("channel", _word("channel", truths.CHANNELS), is_required=True),
        _choice("issue_type", _other_until("refiled_at", _word("issue", truths.ISSUE_TYPES)), is_required=True),
        _choice("priority", _word(_PRIORITY, truths.PRIORITIES)),
        Column("is_complaint", BOOLEAN, "is_complaint = 1"),
        Column("is_pre_sale", BOOLEAN, "is_pre_sale = 1"),
        _choice("resolution_code", _CODE),
        _key("created_at", "created_at", MOMENT),
        Column("merged_into_ticket_id", TEXT, f"case when merged_at <= updated_at then {ticket_id('parent')} end"),
        Column("is_spam", BOOLEAN, "flagged_at <= updated_at"),
        Column("contact_reason", TEXT, _CONTACT_REASON),
        Column("handling_seconds", INTEGER, "case when first_resolved_at <= updated_at and handling >= 0 then handling end"),
        _UPDATED_AT,
    )),
    Feed("ticket_events", "parquet", (
        _key("event_id", "'E' || lpad(cast(ticket as varchar), 9, '0') || '-' || lpad(cast(number as varchar), 3, '0')"),
        _key("ticket_id", ticket_id()),
        _key("occurred_at", "occurred_at", MOMENT),
        _choice("event_type", _word("kind", EVENT_TYPES), is_required=True),
        Column("actor_id", TEXT, agent_id("actor")),
        Column("from_value", TEXT, _EVENT_VALUE.format("before")),
        Column("to_value", TEXT, _EVENT_VALUE.format("after")),
    )),
    Feed("ticket_tags", "csv", (
        _key("ticket_id", ticket_id()),
        _key("tag", _word("tag", truths.TAGS)),
        Column("tagged_at", MOMENT, "tagged_at"),
        _UPDATED_AT,
        _WITHDRAWN,
    )),
    Feed("agent_trainings", "csv", (
        _key("agent_id", agent_id()),
        _key("course", _word("course", truths.COURSES)),
        _key("trained_on", _local_day("trained_at"), DATE),
        _UPDATED_AT,
        _WITHDRAWN,
    )),
    Feed("product_suggestions", "jsonl.gz", (
        _key("suggestion_id", _number("G", "suggestion", 8)),
        Column("ticket_id", TEXT, ticket_id()),
        Column("product_id", TEXT, product_id()),
        _key("raised_at", "raised_at", MOMENT),
        Column("accepted_at", MOMENT, _shown("accepted_at")),
        Column("released_at", MOMENT, _shown("released_at")),
        _UPDATED_AT,
        _WITHDRAWN,
    )),
    Feed("survey_invitations", "csv", (
        _key("invitation_id", _number("I", "invitation", 9)),
        _choice("survey_type", _word("survey", SURVEY_TYPES), is_required=True),
        Column("ticket_id", TEXT, ticket_id()),
        Column("order_id", TEXT, order_id()),
        Column("customer_id", TEXT, customer_id()),
        Column("channel", TEXT, _word("channel", truths.CHANNELS)),
        _key("sent_at", "sent_at", MOMENT),
        Column("expires_at", MOMENT, _ever("expires_at")),
        _UPDATED_AT,
    )),
    Feed("survey_responses", "jsonl", (
        _key("response_id", _number("S", "response", 9)),
        _key("invitation_id", _number("I", "invitation", 9)),
        _key("submitted_at", "submitted_at", MOMENT),
        Column("duration_seconds", INTEGER, "seconds"),
        Column("comment_text", TEXT, f"case when comment >= 0 then {_listed(f'comment % {len(_COMMENTS)}', _COMMENTS)} end"),
        _UPDATED_AT,
    )),
    Feed("survey_answers", "csv.gz", (
        _key("response_id", _number("S", "response", 9)),
        _key("question_code", _word("question", QUESTION_CODES)),
        Column("score", MONEY, "score"),
        _UPDATED_AT,
    )),
)  # fmt: skip
