-- How well does each way to foretell a series do? Written after the build by orchestration/forecasting; this is the table's shape.
{{ config(materialized='written_later') }}
{{ no_rows_of(model.columns) }}
