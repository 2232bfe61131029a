"""Pictures and sounds as the store knows them."""

from feedsvc.ingest.media import Measure
from feedsvc.store.media import KnownMedia


def known(measure: Measure) -> KnownMedia:
    """Return a measured file as the store keeps it."""
    published = measure.published
    return KnownMedia(
        path=measure.path,
        digest=measure.digest,
        type=measure.type,
        original=measure.original,
        parts=None if published.whole else published.parts,
        stamp=measure.stamp,
    )
