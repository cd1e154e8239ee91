"""Public web addresses of what a row speaks of, made from its source and its name alone.

Nothing is looked up: a name that does not have the shape its source gives to names has no address, and
what the address shows today may differ from what was read. Foreign names are percent-encoded.

    hub                the repository                https://huggingface.co/docs/hub/repositories
    github             the repository (it redirects after a rename)
    models.dev         the list, searched for the model; it has no page per offer
    openrouter         the model's page
    litellm            the file that is the list; genai-prices the folder its list is made from
    pypistats          the package's page
    arena, epoch       the board or data set; entries have no page of their own
    policies           the recorded text in Open Terms Archive's versions (its history shows each change)
    feeds              the feed's own address, from the catalogue
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

_PART = r"[A-Za-z0-9_.-]+"
_HUB_NAME = re.compile(rf"{_PART}(?:/{_PART})?")
_GITHUB_NAME = re.compile(rf"{_PART}/{_PART}")
_PACKAGE_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_BOARD_NAME = re.compile(r"[a-z0-9-]+")
_ARXIV = re.compile(r"\barXiv[ :]?(\d{4}\.\d{4,5})\b", re.IGNORECASE)

_EPOCH_SETS: Mapping[str, str] = {"eci": "https://epoch.ai/eci", "compute": "https://epoch.ai/data/ai-models"}
_VERSIONS = "https://github.com/OpenTermsArchive/genai-eu-versions/blob/main"

PUBLICATIONS: Mapping[str, str] = {
    "Menlo Ventures 2024 State of Generative AI": (
        "https://menlovc.com/2024-the-state-of-generative-ai-in-the-enterprise/"
    ),
    "Menlo Ventures 2025 State of Generative AI": (
        "https://menlovc.com/perspective/2025-the-state-of-generative-ai-in-the-enterprise/"
    ),
    "Menlo Ventures 2025 mid-year": "https://menlovc.com/perspective/2025-mid-year-llm-market-update/",
    "OpenRouter and a16z State of AI": "https://openrouter.ai/state-of-ai",
    "Tomasz Tunguz": "https://tomtunguz.com/the-thriving-ecosystem-of-open-models/",
    "Stanford AI Index 2025": "https://hai.stanford.edu/ai-index/2025-ai-index-report",
    "Stanford AI Index 2026": "https://hai.stanford.edu/ai-index/2026-ai-index-report",
    "DeepSeek open-infra-index": "https://github.com/deepseek-ai/open-infra-index",
    "DeepSeek price list": "https://api-docs.deepseek.com/quick_start/pricing",
    "SemiAnalysis": "https://newsletter.semianalysis.com/p/the-great-gpu-shortage-rental-capacity",
    "Epoch AI": "https://epoch.ai/data-insights",
}
"""Where a published figure can be read, by how its source's name begins. A source that is not here is
followed to the list of figures only."""


def find_address(source: str, name: str, feeds: Mapping[str, str] | None = None) -> str | None:
    """The public address of the subject `name` of `source`, or None where there is none or the name does
    not look like one of that source. `feeds`: a feed's name to its address."""
    first, _, rest = name.partition("/")
    match source:
        case "hub" if _HUB_NAME.fullmatch(name):
            return f"https://huggingface.co/{name}"
        case "github" if _GITHUB_NAME.fullmatch(name):
            return f"https://github.com/{name}"
        case "models.dev" if rest:
            return f"https://models.dev/?search={quote(rest.rsplit('/', 1)[-1], safe='')}"
        case "openrouter" if rest:
            return f"https://openrouter.ai/{quote(rest, safe='/:~')}"
        case "litellm" if rest:
            return "https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json"
        case "genai-prices" if rest:
            return "https://github.com/pydantic/genai-prices/tree/main/prices/providers"
        case "pypistats" if _PACKAGE_NAME.fullmatch(name):
            return f"https://pypistats.org/packages/{name}"
        case "arena" if _BOARD_NAME.fullmatch(first):
            return f"https://arena.ai/leaderboard/{first}"
        case "epoch":
            return _EPOCH_SETS.get(first)
        case "policies" if first and rest:
            return f"{_VERSIONS}/{quote(first, safe='')}/{quote(rest, safe='')}.md"
        case "feeds":
            return (feeds or {}).get(name)
    return None


def find_publication(source: str) -> str | None:
    """The address of a published figure's source by its name: an arXiv number in it, or a known name."""
    if found := _ARXIV.search(source):
        return f"https://arxiv.org/abs/{found[1]}"
    return next((url for name, url in PUBLICATIONS.items() if source.startswith(name)), None)
