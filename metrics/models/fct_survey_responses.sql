{{ config(schema='core') }}
-- Published; never built from here.
select 1 as stub
