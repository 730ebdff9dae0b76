"""Turns audited marts into a snapshot for readers, and opens it again. Never imports Dagster; runs no check itself."""
