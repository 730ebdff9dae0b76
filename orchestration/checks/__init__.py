"""Dagster asset checks over what Great Expectations says. Rules and thresholds live in expectations/."""
