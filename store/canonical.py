"""One address for one page: what is left of an address when everything that does not choose the page is gone.

Two outlets link the same page with their own tracking parameters, over http or https, in its version for
phones or for a search engine's cache, or through their own click counter. `canonical_address` gives all of
them the same text; `plain_address` only takes the tracking away and stays an address people can open.

Kept are the path's letter case and every parameter that may choose a page, and the fragment, which is what
tells the entries of a changelog on one page apart. Pure; no request is made, so an address behind a
shortening service stays what it is.
"""

from __future__ import annotations

import functools
import re
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

_TRACKING = re.compile(
    r"(?:utm_\w+|pk_\w+|mtm_\w+|hsa_\w+|at_(?:medium|campaign|custom\d|link\w*)|fb_\w+|vero_\w+|_hs(?:enc|mi)|"
    r"fbclid|gclid|dclid|gbraid|wbraid|gclsrc|msclkid|yclid|twclid|ttclid|li_fat_id|igshid|igsh|"
    r"mc_cid|mc_eid|mkt_tok|oly_anon_id|oly_enc_id|spm|s_cid|cmpid|cmp|ncid|ocid|guccounter|guce_\w+|"
    r"ref_src|ref_url|ref|referrer|sr_share|smid|smtyp|partner|share|feature|source|src|trk|triedredirect|"
    r"__twitter_impression|_ga|_gl)",
    re.IGNORECASE,
)
"""Parameters that say where a reader came from."""

_CHOOSES = frozenset({"github.com", "gitlab.com", "huggingface.co"})
"""Where `ref`, `source` and the like name a revision or a place."""

_LEAVES = frozenset({"ref", "referrer", "partner", "share", "feature", "source", "src"})
_AMP_PARAMETERS = frozenset({("amp", "1"), ("amp", ""), ("outputtype", "amp"), ("amp", "true")})
_FOR_PHONES = re.compile(r"^(?:www\d?|m|mobile|amp)\.(?=[^.]+\.)", re.IGNORECASE)
_AMP_PATH = re.compile(r"^/amp(?=/)|/amp(?:\.html)?/?$", re.IGNORECASE)
_AMP_CACHE = re.compile(r"^/(?:[cvi]/)?(?:s/)?(?P<page>[^/]+\..+)$")
_TRACKING_FRAGMENT = re.compile(r"^(?:utm_|xtor|:~:|comments?$|respond$|top$)", re.IGNORECASE)
_COUNTERS = {
    ("google.com", "/url"): ("url", "q"),
    ("l.facebook.com", "/l.php"): ("u",),
    ("lm.facebook.com", "/l.php"): ("u",),
    ("out.reddit.com", ""): ("url",),
    ("news.ycombinator.com", "/r"): ("u",),
    ("away.vk.com", "/away.php"): ("to",),
    ("slack-redir.net", "/link"): ("url",),
    ("duckduckgo.com", "/l/"): ("uddg",),
    ("linkedin.com", "/safety/go"): ("url",),
}
_MOST_HOPS = 3


def plain_address(address: str) -> str:
    """The same http(s) address without tracking parameters, otherwise as it is."""
    try:
        parts = urlsplit(address)
        if "=" not in parts.query and not parts.fragment:
            return address
        query, fragment = parts.query, parts.fragment
        kept = [
            piece
            for piece in query.split("&")
            if not _is_tracking(unquote(piece.partition("=")[0]), parts.hostname or "")
        ]
        fragment = "" if _TRACKING_FRAGMENT.match(fragment) else fragment
        return urlunsplit((parts.scheme, parts.netloc, parts.path, "&".join(kept), fragment))
    except ValueError:  # no address; what identifies something is compared as it is
        return address


@functools.lru_cache(maxsize=4096)
def canonical_address(address: str) -> str:
    """What addresses of one page have in common, as an https address. Of what is no http(s) address, the
    text itself."""
    for _ in range(_MOST_HOPS):
        inner = _find_inner(address)
        if inner is None:
            break
        address = inner
    try:
        parts = urlsplit(address.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return address
    if parts.scheme.lower() not in ("http", "https") or not host:
        return address
    host = _FOR_PHONES.sub("", host)
    path = _AMP_PATH.sub("", re.sub(r"/{2,}", "/", parts.path)).rstrip("/")
    path = re.sub(r"/index\.(?:html?|php)$", "", path)
    pairs = sorted(
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _is_tracking(name, host) and (name.lower(), value.lower()) not in _AMP_PARAMETERS
    )
    fragment = "" if _TRACKING_FRAGMENT.match(parts.fragment) else parts.fragment
    place = host if port in (None, 80, 443) else f"{host}:{port}"
    return urlunsplit(("https", place, path, urlencode(pairs), fragment))


def _is_tracking(name: str, host: str) -> bool:
    if not _TRACKING.fullmatch(name):
        return False
    return not (name.lower() in _LEAVES and host.removeprefix("www.") in _CHOOSES)


def _find_inner(address: str) -> str | None:
    """The page behind a click counter or a cache, where the address itself names it."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return None
    host = (parts.hostname or "").removeprefix("www.")
    if host.endswith(".cdn.ampproject.org") or (host == "google.com" and parts.path.startswith("/amp/")):
        found = _AMP_CACHE.match(parts.path.removeprefix("/amp"))
        return f"https://{found['page']}" + (f"?{parts.query}" if parts.query else "") if found else None
    names = _COUNTERS.get((host, parts.path)) or _COUNTERS.get((host, ""))
    if names is None:
        return None
    given = dict(parse_qsl(parts.query))
    inner = next((given[name] for name in names if name in given), "")
    return inner if inner.startswith(("http://", "https://")) else None
