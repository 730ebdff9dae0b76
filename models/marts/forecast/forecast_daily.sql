-- What is expected of the next 28 days? Written after the build by orchestration/forecasting; this is the table's shape.
{{ config(materialized='written_later') }}
{{ no_rows_of(model.columns) }}
