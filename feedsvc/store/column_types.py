"""Types of columns that every database system keeps alike."""

import sqlalchemy
from sqlalchemy import BigInteger

_POSTGRESQL = "postgresql"

Text = sqlalchemy.Text().with_variant(sqlalchemy.Text(collation="C"), _POSTGRESQL)
"""A text of any length, ordered by its bytes in UTF-8 in every database."""

Integer = sqlalchemy.Integer().with_variant(BigInteger(), _POSTGRESQL)
"""An integer of 64 bits that may count rows by itself: SQLite counts in no other type."""
