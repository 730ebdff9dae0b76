"""Tells what columns mean to the contract, by the names that systems give them. A guess that a person reads before it is used."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestration.proposing.columns import ColumnFacts

# Of each entity its columns, with the names that other systems have for them: letters and digits only, in lower case.
_NAMES: Mapping[str, Mapping[str, str]] = {
    "orders": {
        "order_id": "orderid orderno ordernr ordernumber order invoice invoiceno invoicenumber transactionid bestellnummer"
        " bestellnr auftragsnummer rechnungsnummer commande numerocommande pedido numeropedido 订单编号 订单号"
        " 主订单编号",
        "customer_id": "customerid customerno customer buyerid buyer clientid userid memberid kundennummer kundennr 买家会员名"
        " 会员名 买家会员名称",
        "merchant_id": "merchantid sellerid vendor vendorid",
        "ordered_at": "orderedat orderdate ordertime ordercreatedat invoicedate soldat purchasedate purchasetimestamp"
        " orderpurchasetimestamp createdat created bestelldatum bestelltam rechnungsdatum date timestamp"
        " 订单创建时间 下单时间 订单提交时间",
        "paid_at": "paidat paymentdate paymenttime orderapprovedat approvedat 订单付款时间 付款时间 支付完成时间",
        "shipped_at": "shippedat shipdate shippingdate dispatchedat fulfilledat 发货时间",
        "delivered_at": "deliveredat deliverydate receivedat 确认收货时间 订单完成时间",
        "cancelled_at": "cancelledat canceledat cancellationdate 取消时间",
        "cancel_reason": "cancelreason cancellationreason 订单关闭原因 取消原因",
        "order_amount": "orderamount ordertotal grandtotal total totalamount amount totalprice gesamtbetrag betrag summe montant"
        " importe 总金额 买家实际支付金额 订单金额 应付金额",
        "currency": "currency currencycode 币种",
        "shop_id": "shopid storeid 店铺id",
    },
    "order_items": {
        "order_id": "",
        "line_number": "linenumber lineno line itemno orderitemid position",
        "product_id": "productid productcode sku stockcode itemid itemcode article articleno articlenumber asin lineitemsku"
        " artikelnummer artikelnr 外部系统编号 商家编码 商品id 商品编码",
        "quantity": "quantity qty units count lineitemquantity menge anzahl cantidad quantite 购买数量 商品数量 数量 订购数量",
        "unit_price": "unitprice price priceperunit lineitemprice einzelpreis stückpreis preis precio prix 价格 单价 京东价",
        "discount_amount": "discount discountamount lineitemdiscount 优惠金额",
    },
    "tickets": {
        "ticket_id": "ticketid ticketno ticketnumber ticket caseid casenumber case conversationid incidentid number uniqueid"
        " ticketnr ticketnummer vorgangsnummer 工单号 工单编号",
        "customer_id": "",
        "order_id": "",
        "product_id": "",
        "channel": "channel channelname source via contacttype kanal canal 渠道",
        "issue_type": "issuetype category type topic reasoncode kategorie categoría catégorie 问题类型 工单类型",
        "priority": "priority urgency priorität prioridad priorité 优先级",
        "contact_reason": "contactreason subcategory subtopic reason",
        "created_at": "createdat created openedat createdtime createddate issuereportedat reportedat dateopened angelegtam"
        " erstelltam date 创建时间",
        "updated_at": "updatedat modifiedat lastupdate lastupdatetime 更新时间",
    },
    "refunds": {
        "refund_id": "refundid refundno refundnumber creditnote creditnoteno 退款编号",
        "order_id": "",
        "refunded_at": "refundedat refunddate refundtime refundcreatedat 退款完结时间 退款时间",
        "refund_amount": "refundamount refundedamount refund 买家退款金额 退款金额",
        "currency": "",
    },
    "customers": {
        "customer_id": "",
        "registered_at": "registeredat signupdate customersince createdat 注册时间",
        "region": "region state province country county customerstate shippingprovincename 省份 省",
        "customer_tier": "customertier tier loyaltytier membershiplevel 会员等级",
    },
    "products": {
        "product_id": "",
        "product_name": "productname title description name 标题 宝贝标题 商品名称",
        "category": "category productcategory producttype productcategoryname 类目 商品类目",
        "merchant_id": "",
    },
}  # fmt: skip
# What a feed has to tell to be an entity's.
_NEEDED = {
    "orders": ("order_id", "ordered_at"), "order_items": ("order_id", "product_id", "quantity", "unit_price"),
    "tickets": ("ticket_id", "created_at"), "refunds": ("refund_id", "order_id", "refunded_at", "refund_amount"),
    "customers": ("customer_id",), "products": ("product_id",),
}  # fmt: skip
# Of these a row for each row of the feed or none: a feed of orders tells of customers too, and is not theirs.
_STANDING = ("customers", "products")


# The contract's words for what systems write, in lower case.
_FORMS: Mapping[str, Mapping[str, str]] = {
    "channel": {
        "phone": "phone,call,inbound,outcall,voice,telephone,telefon,anruf,téléphone,teléfono,电话",
        "chat": "chat,live chat,livechat,messaging,web chat,在线,在线客服,聊天",
        "email": "email,e-mail,mail,courriel,correo,邮件,邮箱",
        "social": "social,facebook,instagram,twitter,wechat,whatsapp,微信,微博",
        "self_service": "self service,self-service,portal,web form,web,form,help center,formular,自助",
        "app": "app,mobile,in-app,mobile app",
        "store": "store,shop,in store,filiale,门店",
    },
    "priority": {
        "urgent": "urgent,critical,p1,dringend,kritisch,urgente,紧急",
        "high": "high,p2,hoch,haute,alta,高",
        "normal": "normal,medium,moderate,p3,mittel,normale,media,中,普通",
        "low": "low,p4,niedrig,gering,basse,baja,低",
    },
}


@dataclass(frozen=True)
class Mapped:
    """An entity of the contract that a feed can fill: by which of its columns (their positions)."""

    entity: str
    columns: Mapping[str, int]


def mapped_entities(columns: Sequence[ColumnFacts]) -> list[Mapped]:
    """The entities that a feed with these columns tells of."""
    found = [Mapped(entity, _columns_of(entity, columns)) for entity in _NAMES]
    told = [each for each in found if all(name in each.columns for name in _NEEDED[each.entity])]
    if any(each.entity not in _STANDING for each in told):
        return [each for each in told if each.entity not in _STANDING]
    return [each for each in told if len(each.columns) > 1][:1]


def line_columns(columns: Sequence[ColumnFacts]) -> Mapping[str, int]:
    """What of the columns tells a line of an order."""
    return _columns_of("order_items", columns)


def contract_name(header: str) -> str | None:
    """What the contract calls a column of that name, whatever the entity."""
    wanted = _plain(header)
    return next((name for names in _NAMES.values() for name, others in names.items() if wanted in _known(name, others)), None)


def forms_of(name: str, words: Sequence[str]) -> dict[str, list[str]]:
    """For a column of the contract the words among ``words`` that are known, by what they mean there."""
    known = {form: value for value, forms in _FORMS.get(name, {}).items() for form in forms.split(",")}
    found: dict[str, list[str]] = {}
    for word in words:
        form = word.strip().lower()
        if form in known and form not in found.get(known[form], []):
            found.setdefault(known[form], []).append(form)
    return found


def _columns_of(entity: str, columns: Sequence[ColumnFacts]) -> dict[str, int]:
    headers = [_plain(column.header) for column in columns]
    found: dict[str, int] = {}
    for name, others in _NAMES[entity].items():
        # Names come in the order in which they are to be preferred; what is empty or personal data maps to nothing.
        for known in _known(name, others or _elsewhere(name)):
            place = headers.index(known) if known in headers else None
            if place is not None and not columns[place].is_empty and (columns[place].personal is None) and place not in found.values():
                found[name] = place
                break
    return found


def _elsewhere(name: str) -> str:
    """The names that a column has in the entity whose own it is."""
    return next((names[name] for names in _NAMES.values() if names.get(name)), "")


def _known(name: str, others: str) -> list[str]:
    return [_plain(name), *others.split()]


def _plain(header: str) -> str:
    return re.sub(r"[\W_]+", "", header.lower())
