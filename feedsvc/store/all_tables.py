"""All tables of the store: the modules that declare them are imported, so METADATA has each."""

from feedsvc.store import media_tables, push_schema, record_schema, source_tables
from feedsvc.store.schema import METADATA

__all__ = ["METADATA", "media_tables", "push_schema", "record_schema", "source_tables"]
