"""The sections of the settings that are about one source each: whether it is read, and what of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from lunchwatch.setting_types import AsciiLine, Duration, HttpAddress, Token


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class HubSettings(Section):
    """Hugging Face Hub."""

    enabled: bool = Field(default=True, description="collect from the Hub")
    endpoint: HttpAddress = Field("https://huggingface.co", description="the Hub's address")
    token: Token = Field(None, description="an access token; without one the Hub allows less")
    use_catalogue: bool = Field(default=True, description="watch the catalogue's models and organisations")
    models: tuple[str, ...] = Field((), description="further models to watch, as owner/name")
    organisations: tuple[str, ...] = Field((), description="further organisations to track as a whole")
    trending: int = Field(100, ge=0, le=1000, description="how many trending models to read, 0 for none")
    new_releases: int = Field(
        100, ge=0, le=10_000, description="how many of the newest models to read the first time; 0: never any"
    )
    new_pages: int = Field(
        10, ge=1, description="how far back to look for models made since the last time, in pages of 1,000"
    )
    tasks: tuple[str, ...] = Field(
        (
            "text-generation",
            "image-text-to-text",
            "any-to-any",
            "text-to-image",
            "text-to-video",
            "automatic-speech-recognition",
            "text-to-speech",
            "feature-extraction",
            "sentence-similarity",
        ),
        description="tasks whose most downloaded models to read, by the Hub's names",
    )
    per_task: int = Field(100, ge=1, le=1000, description="how many models per task")
    claims: bool = Field(
        default=True, description="read benchmark results of watched models and tracked organisations"
    )
    derivatives: bool = Field(
        default=True, description="count what is made from the watched models: two requests each a week"
    )
    leaderboards: bool = Field(default=True, description="read the leaderboards of benchmark data sets")
    sweep: bool = Field(default=False, description="count every model of the whole Hub once a day")
    sweep_records_from: int = Field(
        10_000, ge=0, description="30-day downloads from which on a sweep records a model"
    )
    sweep_leaves: int = Field(
        150, ge=0, description="requests of each window of the Hub that a sweep leaves to everything else"
    )


class GitHubSettings(Section):
    """GitHub."""

    enabled: bool = Field(default=True, description="collect from GitHub")
    api_url: HttpAddress = Field("https://api.github.com", description="the API's address")
    token: Token = Field(None, description="a token; without one 60 requests an hour")
    use_catalogue: bool = Field(default=True, description="watch the catalogue's repositories")
    repositories: tuple[str, ...] = Field((), description="further repositories, as owner/name")
    graphql: bool = Field(
        default=True,
        description="with a token, many repositories in one query; false: one conditional request each",
    )
    batch_size: int = Field(25, ge=1, le=100, description="repositories per query to begin with")
    star_history: bool = Field(default=True, description="collect the stars of each day, once a week")


class FeedSetting(Section):
    """One feed of one's own. `lab`: the key of the lab whose own feed it is."""

    name: str = Field(min_length=1, max_length=120)
    url: HttpAddress
    lab: str = ""
    provenance: Literal["official", "third_party"] = "official"


class FeedsSettings(Section):
    """RSS, Atom and JSON feeds."""

    enabled: bool = Field(default=True, description="read feeds")
    use_catalogue: bool = Field(default=True, description="read the catalogue's feeds")
    also: tuple[str, ...] = Field((), description="feeds of the catalogue that are off by default, by name")
    without: tuple[str, ...] = Field((), description="feeds that are not read, by name")
    extra: tuple[FeedSetting, ...] = Field((), description="further feeds: {name, url, lab, provenance}")
    claims: bool = Field(default=True, description="look for benchmark scores in what entries say")


class ModelsDevSettings(Section):
    """models.dev: models, offers and prices."""

    enabled: bool = Field(default=True, description="collect from models.dev")
    url: HttpAddress = Field("https://models.dev", description="its address")
    providers: tuple[str, ...] = Field((), description="only these providers; empty: all")


class OpenRouterSettings(Section):
    """OpenRouter's public price list."""

    enabled: bool = Field(default=True, description="collect OpenRouter's prices")
    url: HttpAddress = Field("https://openrouter.ai", description="its address")


class LiteLLMSettings(Section):
    """LiteLLM's price list."""

    enabled: bool = Field(default=True, description="collect LiteLLM's prices")
    url: HttpAddress = Field(
        "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json",
        description="its address",
    )


class GenaiPricesSettings(Section):
    """genai-prices: prices with their days and hours of validity."""

    enabled: bool = Field(default=True, description="collect the prices of genai-prices")
    url: HttpAddress = Field(
        "https://raw.githubusercontent.com/pydantic/genai-prices/main/prices/new_data/v2/data.json",
        description="its address",
    )


class ArenaSettings(Section):
    """LMArena's leaderboards, as their data set on the Hub publishes them."""

    enabled: bool = Field(default=True, description="collect the Arena's boards")
    url: HttpAddress = Field(
        "https://huggingface.co/datasets/lmarena-ai/leaderboard-dataset", description="the data set's address"
    )
    boards: tuple[str, ...] = Field(
        ("text",),
        description="which boards: text, text_style_control, vision, vision_style_control, webdev",
    )


class EpochSettings(Section):
    """Epoch AI: capability index and benchmark data."""

    enabled: bool = Field(default=True, description="collect Epoch AI's data")
    url: HttpAddress = Field("https://epoch.ai", description="its address")


class HubHistorySettings(Section):
    """The Hub's downloads on past days, for `lunchwatch backfill hub.downloads`."""

    url: HttpAddress = Field(
        "https://huggingface.co/datasets/harvardMadsys/hf-hub-characterization/resolve/main/downloads.parquet",
        description="the file's address",
    )
    downloads_are: Literal["30d", "all_time"] = Field(
        "30d", description="what a column merely called `downloads` counts"
    )
    max_bytes: int = Field(
        2_000_000_000, ge=50_000_000, description="most bytes of the file that one back-fill fetches"
    )


class PypistatsSettings(Section):
    """pypistats: downloads of packages."""

    enabled: bool = Field(default=True, description="collect package downloads")
    url: HttpAddress = Field("https://pypistats.org", description="its address")
    use_catalogue: bool = Field(default=True, description="count the catalogue's packages")
    packages: tuple[str, ...] = Field((), description="further packages, by the name pip takes")
    recent_days: int = Field(
        14, ge=1, le=170, description="how many of the latest days to read; earlier ones are for backfill"
    )


class PolicySetting(Section):
    """One page of one's own."""

    service: str = Field(min_length=1, max_length=100, pattern=r"^[^/:]+$")
    document: str = Field(min_length=1, max_length=200)
    url: HttpAddress
    kind: Literal["terms", "privacy", "usage_policy", "data_use", "deprecations"] = "terms"
    language: AsciiLine = "en"


class PoliciesSettings(Section):
    """Terms, privacy and usage policies, deprecation pages."""

    enabled: bool = Field(default=True, description="read the tracked labs' policies")
    use_catalogue: bool = Field(default=True, description="read the catalogue's pages")
    every: Duration = Field(timedelta(days=1), description="how often a page is looked at")
    extra: tuple[PolicySetting, ...] = Field((), description="further pages: {service, document, url}")
