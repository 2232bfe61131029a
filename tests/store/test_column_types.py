"""The types of columns, which SQLAlchemy prepares once for each database."""

import pytest
from sqlalchemy.dialects import postgresql, sqlite

from feedsvc.store.column_types import Integer, Text


@pytest.mark.parametrize("kind", [Text, Integer])
def test_each_statement_gets_the_same_type(kind: type[Text] | type[Integer]) -> None:
    for dialect in (sqlite.dialect(), postgresql.dialect()):
        assert kind().load_dialect_impl(dialect) is kind().load_dialect_impl(dialect)
