"""The table of records that are kept in the store, beside the ones of ``schema``."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table

from feedsvc.store.column_types import Text
from feedsvc.store.moment import Moment
from feedsvc.store.schema import METADATA

__all__ = ["RECORDS"]

RECORDS = Table(
    "records",
    METADATA,
    Column("path", Text, primary_key=True),  # as of a file below articles/
    Column("number", BigInteger, nullable=False),  # ascends with each change to any record
    Column("size", BigInteger, nullable=False),  # in bytes; -1: it was deleted
    Column("digest", Text, nullable=False),  # SHA-256
    Column("changed", Moment, nullable=False),
    Column("data", LargeBinary, nullable=False),  # as a file has it; empty where it was deleted
    Index("records_number", "number", unique=True),
    Index("records_stamps", "path", "size", "number"),  # all that a scan asks for
)
"""The records of a newsroom that has no files; without such a setting there are none."""
