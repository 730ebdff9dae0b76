"""Dagster assets: the feeds, the dbt models, the published snapshot. Each wraps a function that knows no Dagster."""
