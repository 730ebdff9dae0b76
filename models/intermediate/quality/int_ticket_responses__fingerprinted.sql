-- What did the customers of a ticket answer, as a hash?
{{ config(materialized='fingerprinted', key='ticket_key') }}

select
    responses.ticket_key as row_key,
    cast(null as {{ type_text() }}) as group_key,

    {{ row_hash([contents_of('responses')]) }} as fingerprint

from {{ ref('fct_survey_responses') }} as responses
where responses.ticket_key is not null
group by responses.ticket_key
