"""The keys of a record, for the description of the API."""

from feedsvc.ingest.record.keys import RECORD

KEYS = tuple(RECORD)
