"""The requests that purge answers by their tags, as the API of each CDN takes them."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import quote

from msgspec import Struct

from feedsvc.config.cdn_settings import Cdn, CdnSettings
from feedsvc.push.http_values import Request


class Protocol(Struct, frozen=True):
    """The way in which a cache takes requests, and its limits."""

    request: Callable[[CdnSettings, str, Sequence[str], bool], Request]
    """Returns the request to a server for some tags; the last argument is whether it is soft."""
    most: int
    """Tags in a request."""
    size: int = 1 << 20
    """Bytes of the tags in a request, with a separator after each."""
    batch: int = 256
    """Tags in the requests of one batch, which are sent one after the other."""

    def parts(self, tags: Sequence[str]) -> Iterator[list[str]]:
        """Yield the tags of each request."""
        part, size = list[str](), 0
        for tag in tags:
            if part and (len(part) == self.most or size + len(tag) + 1 > self.size):
                yield part
                part, size = [], 0
            part.append(tag)
            size += len(tag) + 1
        yield part


def _fastly(cdn: CdnSettings, server: str, tags: Sequence[str], soft: bool) -> Request:
    headers = {"Fastly-Key": cdn.token, **({"Fastly-Soft-Purge": "1"} if soft else {})}
    url = f"{server}/service/{cdn.service}/purge"
    return _post(url, {"surrogate_keys": tags}, headers)


def _cloudflare(cdn: CdnSettings, server: str, tags: Sequence[str], _soft: bool) -> Request:
    url = f"{server}/client/v4/zones/{cdn.service}/purge_cache"
    return _post(url, {"tags": tags}, _bearer(cdn))


def _bunny(cdn: CdnSettings, server: str, tags: Sequence[str], _soft: bool) -> Request:
    url = f"{server}/pullzone/{cdn.service}/purgeCache"
    return _post(url, {"CacheTag": tags[0]}, {"AccessKey": cdn.token})


def _webhook(cdn: CdnSettings, server: str, tags: Sequence[str], soft: bool) -> Request:
    return _post(server, {"tags": tags, "soft": soft}, _bearer(cdn))


def _varnish(cdn: CdnSettings, server: str, tags: Sequence[str], soft: bool) -> Request:
    name = "xkey-soft" if soft else "xkey"
    return Request("PURGE", f"{server}/", headers={name: " ".join(tags), **_bearer(cdn)})


def _varnish_ban(cdn: CdnSettings, server: str, tags: Sequence[str], _soft: bool) -> Request:
    # A condition of a ban is parted by spaces, so there is none in it.
    pattern = rf"(^|\s)({'|'.join(map(re.escape, tags))})(\s|$)"
    return Request("BAN", f"{server}/", headers={"xkey-ban": pattern, **_bearer(cdn)})


def _fastly_address(
    cdn: CdnSettings, server: str, addresses: Sequence[str], _soft: bool
) -> Request:
    address = addresses[0].partition("://")[2]
    return _post(f"{server}/purge/{address}", {}, {"Fastly-Key": cdn.token})


def _cloudflare_addresses(
    cdn: CdnSettings, server: str, addresses: Sequence[str], _soft: bool
) -> Request:
    url = f"{server}/client/v4/zones/{cdn.service}/purge_cache"
    return _post(url, {"files": addresses}, _bearer(cdn))


def _bunny_address(cdn: CdnSettings, server: str, addresses: Sequence[str], _soft: bool) -> Request:
    url = f"{server}/purge?url={quote(addresses[0], safe='')}"
    return _post(url, {}, {"AccessKey": cdn.token})


def _webhook_addresses(
    cdn: CdnSettings, server: str, addresses: Sequence[str], _soft: bool
) -> Request:
    return _post(server, {"urls": addresses}, _bearer(cdn))


def _bearer(cdn: CdnSettings) -> dict[str, str]:
    return {"Authorization": f"Bearer {cdn.token}"} if cdn.token else {}


def _post(url: str, body: Mapping[str, object], headers: Mapping[str, str]) -> Request:
    content = {"Content-Type": "application/json", "Accept": "application/json"}
    return Request("POST", url, json.dumps(body).encode(), {**content, **headers})


CDNS: Mapping[Cdn, Protocol] = {
    "fastly": Protocol(_fastly, most=256),
    "cloudflare": Protocol(_cloudflare, most=100),
    # A request takes one tag; an account has 120 at once, and 5 a second after these.
    "bunny": Protocol(_bunny, most=1, batch=20),
    # A header has 8192 bytes by default (http_req_hdr_len); the escapes of a pattern count, too.
    "varnish": Protocol(_varnish, most=256, size=7000),
    "varnish-ban": Protocol(_varnish_ban, most=256, size=3500),
    "webhook": Protocol(_webhook, most=500),
}
"""How each cache takes tags."""
ADDRESSES: Mapping[Cdn, Protocol] = {
    "fastly": Protocol(_fastly_address, most=1, batch=20),
    "cloudflare": Protocol(_cloudflare_addresses, most=30),
    "bunny": Protocol(_bunny_address, most=1, batch=20),
    "webhook": Protocol(_webhook_addresses, most=500),
}
"""How each cache takes addresses of the object store; Varnish takes tags that it derives itself."""
