"""The published marts in PostgreSQL, for tools that speak to a server. Reads snapshots, never the warehouse; never imports Dagster.

psycopg, which only ``server`` imports, is the extra ``postgres``.
"""
