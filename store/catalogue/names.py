"""How names are compared: the same model, lab or licence is spelt differently everywhere.

All functions are pure. `normalise` is the only equality used; `reduce_model_name` lists the weaker
readings of a served or listed model's name, strongest first.
"""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = re.compile(r"[\W_]+")
_LICENCE_FILLERS = frozenset({"license", "licence", "licensed", "the", "agreement", "version", "terms"})

# Routers append how a model is served, not which model it is.
_ROUTER_SUFFIX = re.compile(r":(?:free|exacto|extended|floor|nitro|online|thinking)$")
# Bedrock: `us.anthropic.claude-opus-4-6-v1:0`. The number is the offer's, not the model's.
_REGION = re.compile(r"^(?:us-gov|us|eu|apac|au|jp|global)\.(?=[a-z0-9]+\.)")
_OFFER_VERSION = re.compile(r"-(?:v[1-9]\d*(?::\d+)?|1:0)$")
# Fireworks writes a decimal point as p: `glm-4p7`, `kimi-k2p5`.
_P_AS_POINT = re.compile(r"(?<=\d)p(?=\d)")
_EFFORT = re.compile(
    r"(?:(?:_|:|\s*\()(?:minimal|none|low|medium|high|xhigh|max|\d+k|(?:no|non)-?thinking|thinking)\)?"
    # A hyphen is ambiguous: makers name separate models "-thinking" and "-medium".
    r"|-(?:minimal|low|high|xhigh))$",
    re.IGNORECASE,
)
_DATE = re.compile(r"[-_@\s(]+20\d\d-?[01]\d-?[0-3]\d\)?$")


def normalise(name: str) -> str:
    """`Qwen2.5 72B_Instruct` and `qwen2-5-72b-instruct` are the same name; `Command R+` keeps its plus."""
    text = unicodedata.normalize("NFKC", name).casefold().replace("+", " plus ")
    return "-".join(part for part in _SEPARATORS.split(text) if part)


def normalise_licence(text: str) -> str:
    """As `normalise`, without the words that every licence name has."""
    parts = normalise(text).split("-")
    return "-".join(part for part in parts if part not in _LICENCE_FILLERS)


def strip_date(name: str) -> str:
    """`gpt-4o-2024-08-06` and `claude-opus-4-20250514` without their full date; else unchanged."""
    return _DATE.sub("", name)


def strip_offer_marks(slug: str) -> str:
    """A served model's id without the marks that routers and hosts add."""
    slug = _ROUTER_SUFFIX.sub("", slug.strip())
    slug = _REGION.sub("", slug)
    return _OFFER_VERSION.sub("", slug)


def reduce_model_name(slug: str) -> list[tuple[str, bool]]:
    """The readings of a name without provider, strongest first, each with whether a date was cut off.

    Four-figure endings (`-0528`, `-2507`) are never cut: they name different models."""
    spelt = [slug.strip(), strip_offer_marks(slug)]
    spelt += [_P_AS_POINT.sub(".", name) for name in spelt]
    readings: list[tuple[str, bool]] = [(name, False) for name in spelt]
    readings += [(_EFFORT.sub("", name), False) for name in spelt]
    readings += [(strip_date(name), True) for name, _ in readings if strip_date(name) != name]
    return list(dict.fromkeys(readings))
