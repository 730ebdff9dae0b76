"""Loads extracts from the landing zone into the raw schema, driven by the feed declarations and nothing else.

Knows no Dagster, no dbt model and no source system by name. What a column means stands in the declarations; this
package only reads, converts, rejects, refuses and keeps the ledger.
"""

from orchestration.loading.archive import Archive, ArchivedExtract, ArchiveError
from orchestration.loading.current_rows import merge_new_extracts
from orchestration.loading.declarations import (
    ColumnDeclaration,
    DeclarationError,
    FeedDeclaration,
    Freshness,
    SourceDeclaration,
    read_declarations,
)
from orchestration.loading.identities import identify_customers
from orchestration.loading.loader import load_source
from orchestration.loading.raw_schema import RawSchemaError, prepare_raw
from orchestration.loading.results import ExtractResult, SourceLoad, Status

__all__ = [
    "Archive",
    "ArchiveError",
    "ArchivedExtract",
    "ColumnDeclaration",
    "DeclarationError",
    "ExtractResult",
    "FeedDeclaration",
    "Freshness",
    "RawSchemaError",
    "SourceDeclaration",
    "SourceLoad",
    "Status",
    "identify_customers",
    "load_source",
    "merge_new_extracts",
    "prepare_raw",
    "read_declarations",
]
