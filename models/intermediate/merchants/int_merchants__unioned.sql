-- The merchants of all source systems, whole: a merchant has no moment at which it becomes known.
with

merchants as (

    {{ union_of_sources('merchants', {
        'merchant_key': type_text(),
        'source_system': type_text(),
        'merchant_id': type_text(),
        'merchant_name': type_text(),
        'category': type_text(),
        'region': type_text(),
        'opened_on': type_date()
    }) }}

)

select
    merchants.merchant_key,
    merchants.source_system,
    merchants.merchant_id,

    merchants.merchant_name,
    merchants.category,
    merchants.region,

    merchants.opened_on

from merchants
