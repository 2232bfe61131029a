"""The type of a column that holds a moment."""

from datetime import UTC, datetime

from sqlalchemy import BigInteger, Dialect, TypeDecorator


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, kept as whole seconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Return a moment as it is kept."""
        return None if value is None else int(value.timestamp())

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return a moment from how it is kept."""
        return None if value is None else datetime.fromtimestamp(value, UTC)
