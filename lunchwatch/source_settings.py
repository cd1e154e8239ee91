"""The sections of the settings that are about one source each: whether it is read, and what of it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from lunchwatch.setting_types import HttpAddress, Token


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
    trending: int = Field(100, ge=0, description="how many trending models to read, 0 for none")
    new_releases: int = Field(100, ge=0, description="how many of the newest models to read, 0 for none")


class GitHubSettings(Section):
    """GitHub."""

    enabled: bool = Field(default=True, description="collect from GitHub")
    api_url: HttpAddress = Field("https://api.github.com", description="the API's address")
    token: Token = Field(None, description="a token; without one 60 requests an hour")
    use_catalogue: bool = Field(default=True, description="watch the catalogue's repositories")
    repositories: tuple[str, ...] = Field((), description="further repositories, as owner/name")


class FeedSetting(Section):
    """One feed of one's own."""

    name: str
    url: HttpAddress


class FeedsSettings(Section):
    """RSS, Atom and JSON feeds."""

    enabled: bool = Field(default=True, description="read feeds")
    use_catalogue: bool = Field(default=True, description="read the catalogue's feeds")
    extra: tuple[FeedSetting, ...] = Field((), description="further feeds: {name, url}")


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
        "https://raw.githubusercontent.com/pydantic/genai-prices/main/prices/data.json",
        description="its address",
    )


class ArenaSettings(Section):
    """LMArena's leaderboards, as their data set on the Hub publishes them."""

    enabled: bool = Field(default=True, description="collect the Arena's boards")
    boards: tuple[str, ...] = Field(("text",), description="which boards: folders of the data set")


class EpochSettings(Section):
    """Epoch AI: capability index and benchmark data."""

    enabled: bool = Field(default=True, description="collect Epoch AI's data")
    url: HttpAddress = Field("https://epoch.ai", description="its address")


class PypistatsSettings(Section):
    """pypistats: downloads of packages."""

    enabled: bool = Field(default=True, description="collect package downloads")
    url: HttpAddress = Field("https://pypistats.org", description="its address")
    use_catalogue: bool = Field(default=True, description="count the catalogue's packages")
    packages: tuple[str, ...] = Field((), description="further packages, by the name pip takes")


class PoliciesSettings(Section):
    """Terms, privacy and usage policies, deprecation pages."""

    enabled: bool = Field(default=True, description="read the tracked labs' policies")
    use_catalogue: bool = Field(default=True, description="read the catalogue's pages")
