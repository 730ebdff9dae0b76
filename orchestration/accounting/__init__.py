"""Row accounting from file to mart: counts what each stage takes in and gives out, and names every row that is left out between.

What is left out where, and under which name, stands in the YAML beside the models (``config.meta.accounting``). The counting is a second
way to the same numbers and shares no SQL with the models. Knows no Dagster; judges nothing: that is expectations/outbound/accounting.
"""

from orchestration.accounting.counting import RowCount, Stage, counted_rows
from orchestration.accounting.declarations import Entity, read_accounting
from orchestration.accounting.recording import ROW_ACCOUNTING_COLUMNS, record_row_accounting

__all__ = ["ROW_ACCOUNTING_COLUMNS", "Entity", "RowCount", "Stage", "counted_rows", "read_accounting", "record_row_accounting"]
