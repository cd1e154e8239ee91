"""Every setting, its default and its meaning.

Order: environment (`LUNCHWATCH_HUB__TOKEN`) before `~/.config/lunchwatch/config.toml` before
`/etc/lunchwatch/config.toml` before the defaults here. A key nobody knows is an error that names the key
and the file. Imported inside commands only: pydantic is slow to load.
"""

from __future__ import annotations

import os
import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from store.errors import ConfigurationError

_DURATION = re.compile(r"^(\d+)\s*(s|m|h|d)$")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _parse_duration(value: object) -> object:
    """`30s`, `15m`, `12h`, `7d`; a bare number is seconds."""
    match = _DURATION.match(value.strip()) if isinstance(value, str) else None
    return timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else value


Duration = Annotated[timedelta, BeforeValidator(_parse_duration)]


def data_folder() -> Path:
    """Where the database, the reports and the mails live; a service manager's STATE_DIRECTORY wins."""
    given = os.environ.get("STATE_DIRECTORY")
    return Path(given.split(":")[0]) if given else Path(platformdirs.user_data_dir("lunchwatch"))


def config_files() -> list[Path]:
    """The files that are read, the weakest first."""
    given = os.environ.get("CONFIGURATION_DIRECTORY")
    user = Path(given.split(":")[0]) if given else Path(platformdirs.user_config_dir("lunchwatch"))
    return [Path("/etc/lunchwatch/config.toml"), user / "config.toml"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HubSettings(_Section):
    """Hugging Face Hub."""

    enabled: bool = Field(default=True, description="collect from the Hub")
    endpoint: str = Field("https://huggingface.co", description="the Hub's address")
    token: SecretStr | None = Field(None, description="an access token; without one the Hub allows less")
    use_catalogue: bool = Field(default=True, description="watch the catalogue's models and organisations")
    models: tuple[str, ...] = Field((), description="further models to watch, as owner/name")
    organisations: tuple[str, ...] = Field((), description="further organisations to track as a whole")
    trending: int = Field(100, ge=0, description="how many trending models to read, 0 for none")
    new_releases: int = Field(100, ge=0, description="how many of the newest models to read, 0 for none")


class GitHubSettings(_Section):
    """GitHub."""

    enabled: bool = Field(default=True, description="collect from GitHub")
    api_url: str = Field("https://api.github.com", description="the API's address")
    token: SecretStr | None = Field(None, description="a token; without one 60 requests an hour")
    use_catalogue: bool = Field(default=True, description="watch the catalogue's repositories")
    repositories: tuple[str, ...] = Field((), description="further repositories, as owner/name")


class FeedSetting(_Section):
    """One feed of one's own."""

    name: str
    url: str


class FeedsSettings(_Section):
    """RSS, Atom and JSON feeds."""

    enabled: bool = Field(default=True, description="read feeds")
    use_catalogue: bool = Field(default=True, description="read the catalogue's feeds")
    extra: tuple[FeedSetting, ...] = Field((), description="further feeds: {name, url}")


class ModelsDevSettings(_Section):
    """models.dev: models, offers and prices."""

    enabled: bool = Field(default=True, description="collect from models.dev")
    url: str = Field("https://models.dev", description="its address")
    providers: tuple[str, ...] = Field((), description="only these providers; empty: all")


class OpenRouterSettings(_Section):
    """OpenRouter's public price list."""

    enabled: bool = Field(default=True, description="collect OpenRouter's prices")
    url: str = Field("https://openrouter.ai", description="its address")


class NetworkSettings(_Section):
    """How we behave on the network."""

    contact: str = Field("", description="an address that sources may write to; goes into the user agent")
    max_bytes: int = Field(5_000_000, ge=10_000, description="largest feed or page, in bytes")
    connect_timeout: float = Field(5.0, gt=0, description="seconds until a host counts as unreachable")
    read_timeout: float = Field(20.0, gt=0, description="seconds of silence before a request is given up")
    total_timeout: float = Field(60.0, gt=0, description="seconds one request may take in all")
    allow_private_addresses: bool = Field(default=False, description="allow private and loopback addresses")
    requests_per_host: int | None = Field(None, ge=1, description="most requests to one host in a round")
    reserve: int = Field(0, ge=0, description="requests of a host's announced budget to leave unspent")
    workers: int = Field(8, ge=1, le=32, description="hosts that are asked at the same time")


class ScheduleSettings(_Section):
    """When the daemon works. Times are UTC."""

    collect_every: Duration = Field(timedelta(hours=12), description="time between two collections")
    issue_day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = Field(
        "mon", description="weekday on which last week's issue is built and sent"
    )
    issue_hour: int = Field(7, ge=0, le=23, description="hour (UTC) at which it is built")


class ReportsSettings(_Section):
    """The weekly report."""

    folder: Path | None = Field(None, description="where reports go; default: www in the data folder")
    charts: bool = Field(default=True, description="draw charts (needs no browser)")


class DigestSettings(_Section):
    """The digest mail. Messages are written to a folder as .eml files."""

    folder: Path | None = Field(None, description="where mails are written; default: mail in the data folder")
    sender: str = Field("Lunchwatch <lunchwatch@localhost.localdomain>", description="From: of the mails")
    report_url: str = Field("", description="public address of the reports, for links in mails")


class Settings(BaseSettings):
    """All settings of one process."""

    model_config = SettingsConfigDict(
        env_prefix="LUNCHWATCH_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    database_url: str | None = Field(None, description="sqlite:///PATH or postgresql://…; default: SQLite")
    data_folder: Path = Field(default_factory=data_folder, description="database, reports and mails")
    hub: HubSettings = HubSettings()
    github: GitHubSettings = GitHubSettings()
    feeds: FeedsSettings = FeedsSettings()
    models_dev: ModelsDevSettings = ModelsDevSettings()
    openrouter: OpenRouterSettings = OpenRouterSettings()
    network: NetworkSettings = NetworkSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    reports: ReportsSettings = ReportsSettings()
    digest: DigestSettings = DigestSettings()

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data_folder / 'lunchwatch.db'}"

    @property
    def reports_folder(self) -> Path:
        return self.reports.folder or self.data_folder / "www"

    @property
    def mail_folder(self) -> Path:
        return self.digest.folder or self.data_folder / "mail"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature; no .env is read
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        files = [path for path in config_files() if path.exists()]
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, files, deep_merge=True))


def load_settings() -> Settings:
    """Read all sources. Raises ConfigurationError that names the setting and where it stands."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise ConfigurationError(_explain(error)) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{_broken_file()}: {error}", remedy="correct the file") from error
    except ValueError as error:  # pydantic-settings: a variable that should hold JSON does not
        raise ConfigurationError(f"the environment cannot be read: {error}") from error
    _refuse_unknown_variables()
    return settings


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors():
        path = tuple(str(part) for part in problem["loc"])
        what = "there is no such setting" if problem["type"] == "extra_forbidden" else problem["msg"]
        lines.append(f"{'.'.join(path)}: {what} ({_place_of(path)})")
    return "; ".join(lines)


def _place_of(path: tuple[str, ...]) -> str:
    """Where a setting was set: its variable or its file."""
    variable = "LUNCHWATCH_" + "__".join(path).upper()
    for length in range(len(path), 0, -1):
        name = "LUNCHWATCH_" + "__".join(path[:length]).upper()
        if name in os.environ:
            return name
    for file in reversed(config_files()):
        if file.exists() and _holds(tomllib.loads(file.read_text(encoding="utf-8")), path):
            return str(file)
    return variable


def _holds(table: Any, path: tuple[str, ...]) -> bool:
    for part in path:
        if not isinstance(table, dict) or part not in table:
            return isinstance(table, list)
        table = table[part]
    return True


def _broken_file() -> str:
    for file in config_files():
        if file.exists():
            try:
                tomllib.loads(file.read_text(encoding="utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError):
                return str(file)
    return "a configuration file"


_OTHER_VARIABLES = {"LUNCHWATCH_DEBUG", "LUNCHWATCH_LOG_FORMAT", "LUNCHWATCH_TEST_PG_URL"}


def _refuse_unknown_variables() -> None:
    """A misspelt section in a variable would otherwise be ignored in silence."""
    names = set(Settings.model_fields)
    for variable in os.environ:
        if variable.startswith("LUNCHWATCH_") and variable not in _OTHER_VARIABLES:
            section = variable.removeprefix("LUNCHWATCH_").split("__")[0].lower()
            if section not in names:
                raise ConfigurationError(f"{section}: there is no such setting ({variable})")
