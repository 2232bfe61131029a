"""The address of an object store, such as ``s3://bucket/prefix?endpoint=https://s3.example``."""

from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct

SCHEME = "s3://"
_OPTIONS = ("endpoint", "region")


class StoreAddress(Struct, frozen=True):
    """A bucket of an object store, and the place in it."""

    bucket: str
    prefix: str
    """Without a slash at its ends; empty for the whole bucket."""
    endpoint: str = ""
    """The address of the server; empty for that of AWS."""
    region: str = ""

    def __str__(self) -> str:
        """Return it as it is typed, without the server."""
        return f"{SCHEME}{self.bucket}/{self.prefix}".rstrip("/")


def is_store_address(typed: str) -> bool:
    """Return whether a text is the address of an object store, and no folder."""
    return typed.startswith(SCHEME)


def store_address(typed: str) -> StoreAddress:
    """Return the address of an object store.

    :raises ValueError: it is none; the message has the remedy.
    """
    url = urlsplit(typed)
    if url.scheme != "s3" or not url.netloc or url.fragment:
        raise ValueError(f'is "{typed}", not like "s3://bucket/prefix"')
    if "@" in url.netloc:
        message = "keys of access do not belong here; set AWS_ACCESS_KEY_ID and"
        raise ValueError(f"has a user name; {message} AWS_SECRET_ACCESS_KEY in the environment")
    given = dict(parse_qsl(url.query, keep_blank_values=True))
    unknown = next((it for it in given if it not in _OPTIONS), None)
    if unknown is not None:
        raise ValueError(f'has "{unknown}"; after the question mark may be endpoint and region')
    endpoint = given.get("endpoint", "")
    if endpoint and not endpoint.startswith(("https://", "http://")):
        raise ValueError(f'has the endpoint "{endpoint}", which does not begin with https://')
    return StoreAddress(url.netloc, url.path.strip("/"), **given)


def media_store(typed: str) -> str:
    """Return an address of an object store, or a folder, for pictures and sounds."""
    if "://" in typed:
        store_address(typed)
    return typed
