from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, Engine, event

from feedsvc.store import page_urls
from tests.conftest import NOW, Newsroom, article


def test_an_index_tells_which_pages_a_month_has(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article())
    newsroom.sync()
    asked: list[tuple[str, Any]] = []

    def executed(*call: Any) -> None:
        _connection, _cursor, statement, parameters, *_ = call
        if "articles" in statement:
            asked.append((statement, parameters))

    with newsroom.database.reading() as connection:
        event.listen(Engine, "before_cursor_execute", executed)
        try:
            assert [month.number for month in page_urls.months(connection, NOW)] == [1]
            assert len(page_urls.month(connection, 2026, 11, NOW, first=0, limit=9)) == 1
        finally:
            event.remove(Engine, "before_cursor_execute", executed)
        assert len(asked) == 4
        for statement, parameters in asked:
            assert plan(connection, statement, parameters) in (
                ["SEARCH articles USING COVERING INDEX articles_opens"],
                ["SEARCH articles USING INDEX articles_opens"],
            )


def plan(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """Return how SQLite looks up articles for a statement."""
    steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    return [re.sub(r" \(.*", "", step[3]) for step in steps if "articles" in step[3]]
