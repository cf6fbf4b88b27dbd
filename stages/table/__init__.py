"""The output `table`: a recording's results as files."""

from stages.table.table import Table

__all__ = ["Table"]
