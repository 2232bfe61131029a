"""The notes about pictures that could not be fetched or made smaller."""

from feedsvc.errors import Problem
from feedsvc.model.paths import in_newsroom
from feedsvc.store import remote_pictures, renditions, stored_media
from feedsvc.store.database import Connection

_AS_IT_IS = "readers get it as it is, in no other size"
_ENDED = 'correct the address, or have it tried again by "feedsvc jobs --retry-all"'
_TRIED = "it is tried again, and until then it is no enclosure"


def unfetched(connection: Connection) -> list[Problem]:
    """Return a note for each picture of a record that could not be fetched or made smaller."""
    problems = [
        Problem(
            in_newsroom(path),
            1,
            1,
            "image",
            f'"{url}" could not be fetched ({reason}); {_ENDED if ended else _TRIED}',
            note=True,
        )
        for path, url, reason, ended in remote_pictures.faults(connection)
    ]
    problems += [
        Problem(in_newsroom(record), 1, 1, "image", f'"{path}" {reason}; {_AS_IT_IS}', note=True)
        for record, path, reason in renditions.faults(connection)
    ]
    problems += [
        Problem(
            in_newsroom(record), 1, 1, "image", f'"{path}" {_stored(error, ended=ended)}', note=True
        )
        for record, path, error, ended in stored_media.awaited(connection)
    ]
    return problems


def _stored(error: str, *, ended: bool) -> str:
    """Return the rest of a note about a picture that is not in the object store yet."""
    remedy = 'have it tried again by "feedsvc jobs --retry-all"' if ended else "it is tried again"
    reason = f" ({error}; {remedy})" if error else ""
    return f"is not in the store of pictures yet{reason}; the article is published when it is"
