"""Made-up providers' policies under `/policies/`, and what stands in front of such pages."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from tests.replica.server import Request, Response, answer_conditionally

HTML = "text/html; charset=utf-8"
MARKDOWN = "text/markdown; charset=utf-8"

TERMS = [
    "Effective: 3 March 2026",
    "These terms are an agreement between you and Meridian Labs on everything that Meridian offers you.",
    "We may use your Content to train our models. You can opt out of training in your settings at any time.",
    "You must be at least 18 years old to use the service.",
    "You may not use the service to develop models that compete with Meridian.",
    "You may not reverse engineer the models or the service, and you may not take data out of it by machine.",
]
PRIVACY = [
    "This policy says which personal data Aurora Labs handles when you use its models, and why.",
    "Aurora does not use customer inputs or outputs to train its models.",
    "We delete inputs and outputs within 30 days, unless the law tells us to keep them for longer.",
    "We use cookies to keep you signed in; a page of its own lists each of them with its purpose.",
    "You can ask us for a copy of your personal data, and you can ask us to correct what is wrong in it.",
]
DEPRECATIONS = """# Deprecations

Meridian retires models when there are better ones. The models below can be called until the day that stands
beside them; requests after that day fail. Customers are told by mail when a model of theirs is on the list.
Please move to the model that stands in the last column, and test it well before the day on which yours ends.

| Shutdown date | Model | Recommended replacement | Notice date |
|---|---|---|---|
| Dec 1, 2026 | `meridian-4`, `meridian-4-2025-06-01` | `meridian-5.1` | Jun 2, 2026 |
| Not sooner than March 2027 | `meridian-5` | `meridian-5.1` | Sep 1, 2026 |
| No date announced | `meridian-5.1` | | |
"""


@dataclass(slots=True)
class PolicyPage:
    """`paragraphs` become HTML; `body` is sent as it is instead. `has_nonce`: no two answers are the
    same bytes, and there are no validators."""

    title: str = ""
    paragraphs: tuple[str, ...] = ()
    body: bytes | None = None
    content_type: str = HTML
    has_nonce: bool = False


def make_html(title: str, paragraphs: list[str] | tuple[str, ...], nonce: str = "") -> bytes:
    """A page as providers make them: navigation, banner, the text, a footer."""
    text = "\n".join(f"<p>{escape(each)}</p>" for each in paragraphs)
    return f"""<!doctype html><html lang="en"><head><title>{escape(title)}</title>
<script nonce="{nonce}">window.token = "{nonce}";</script></head><body>
<header><nav><a href="/">Home</a> <a href="/pricing">Pricing</a> <a href="/login">Sign in</a></nav></header>
<div class="cookie-banner" role="dialog">We use cookies. <button>Accept all</button></div>
<main><article><h1>{escape(title)}</h1>
{text}
</article></main><footer><p>© 2026 {escape(title)}</p></footer></body></html>""".encode()


class PolicySite:
    """`pages` by path. `moves` maps a path to where it leads."""

    def __init__(self) -> None:
        self.pages = {
            "/policies/meridian/terms": PolicyPage("Meridian Terms of Service", tuple(TERMS)),
            "/policies/aurora/privacy": PolicyPage("Aurora Privacy Policy", tuple(PRIVACY)),
            "/policies/meridian/deprecations.md": PolicyPage(
                body=DEPRECATIONS.encode(), content_type=MARKDOWN
            ),
        }
        self.moves: dict[str, str] = {}
        self._answers = 0

    def edit(self, path: str, *paragraphs: str, title: str | None = None) -> None:
        """Give a page another text."""
        page = self.pages[path]
        page.paragraphs, page.body = paragraphs, None
        page.title = page.title if title is None else title

    def handle(self, request: Request) -> Response | None:
        if request.path in self.moves:
            return Response(302, b"", {"Location": self.moves[request.path]})
        page = self.pages.get(request.path)
        if page is None:
            return None
        if page.body is not None:
            return answer_conditionally(request, page.body, page.content_type)
        if not page.has_nonce:
            return answer_conditionally(request, make_html(page.title, page.paragraphs), page.content_type)
        self._answers += 1
        body = make_html(page.title, page.paragraphs, f"n{self._answers}")
        return Response(200, body, {"Content-Type": page.content_type})


def list_pages(url: str) -> list[dict[str, str]]:
    """The site's pages as the setting `policies.extra` names them."""
    return [
        {"service": "Meridian", "document": "Terms of Service", "url": f"{url}/policies/meridian/terms"},
        {
            "service": "Aurora",
            "document": "Privacy Policy",
            "url": f"{url}/policies/aurora/privacy",
            "kind": "privacy",
        },
        {
            "service": "Meridian API",
            "document": "Deprecations",
            "url": f"{url}/policies/meridian/deprecations.md",
            "kind": "deprecations",
        },
    ]
