"""Every setting, its default and its meaning.

Order: environment (`LUNCHWATCH_HUB__TOKEN`) before `~/.config/lunchwatch/config.toml` before
`/etc/lunchwatch/config.toml` before the defaults here. A key nobody knows is an error that names the key
and the file. Imported inside commands only: pydantic is slow to load.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from lunchwatch.setting_sources import (
    PREFIX,
    Variables,
    data_folder,
    place_of,
    read_files,
    refuse_unknown_variables,
)
from lunchwatch.setting_types import (
    AsciiLine,
    DataFolder,
    Duration,
    Folder,
    OptionalHttpAddress,
    Seconds,
    Sender,
)
from lunchwatch.source_settings import (
    ArenaSettings,
    EpochSettings,
    FeedsSettings,
    GenaiPricesSettings,
    GitHubSettings,
    HubHistorySettings,
    HubSettings,
    LiteLLMSettings,
    ModelsDevSettings,
    OpenRouterSettings,
    PoliciesSettings,
    PypistatsSettings,
    Section,
)
from store.errors import ConfigurationError


class NetworkSettings(Section):
    """How we behave on the network."""

    contact: AsciiLine = Field(
        "", description="an address that sources may write to; goes into the user agent"
    )
    max_bytes: int = Field(
        5_000_000, ge=10_000, le=1_000_000_000, description="largest feed or page, in bytes"
    )
    connect_timeout: Seconds = Field(5.0, description="seconds until a host counts as unreachable")
    read_timeout: Seconds = Field(20.0, description="seconds of silence before a request is given up")
    total_timeout: Seconds = Field(60.0, description="seconds one request may take in all")
    allow_private_addresses: bool = Field(default=False, description="allow private and loopback addresses")
    requests_per_host: int | None = Field(None, ge=1, description="most requests to one host in a round")
    reserve: int = Field(0, ge=0, description="requests of a host's announced budget to leave unspent")
    workers: int = Field(8, ge=1, le=32, description="hosts that are asked at the same time")


class ScheduleSettings(Section):
    """When the daemon works. Times are UTC."""

    collect_every: Duration = Field(timedelta(hours=12), description="time between two collections")
    issue_day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = Field(
        "mon", description="weekday on which last week's issue is built and sent"
    )
    issue_hour: int = Field(7, ge=0, le=23, description="hour (UTC) at which it is built")


class ReportsSettings(Section):
    """The weekly report."""

    folder: Folder | None = Field(None, description="where reports go; default: www in the data folder")
    charts: bool = Field(default=True, description="draw charts (needs no browser)")


class DigestSettings(Section):
    """The digest mail. Messages are written to a folder as .eml files."""

    folder: Folder | None = Field(
        None, description="where mails are written; default: mail in the data folder"
    )
    sender: Sender = Field("Lunchwatch <lunchwatch@localhost.localdomain>", description="From: of the mails")
    report_url: OptionalHttpAddress = Field(
        "", description="public address of the reports, for links in mails"
    )


class Settings(BaseSettings):
    """All settings of one process."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    database_url: str | None = Field(None, description="sqlite:///PATH or postgresql://…; default: SQLite")
    data_folder: DataFolder = Field(default_factory=data_folder, description="database, reports and mails")
    hub: HubSettings = HubSettings()
    github: GitHubSettings = GitHubSettings()
    feeds: FeedsSettings = FeedsSettings()
    models_dev: ModelsDevSettings = ModelsDevSettings()
    openrouter: OpenRouterSettings = OpenRouterSettings()
    litellm: LiteLLMSettings = LiteLLMSettings()
    genai_prices: GenaiPricesSettings = GenaiPricesSettings()
    arena: ArenaSettings = ArenaSettings()
    epoch: EpochSettings = EpochSettings()
    hub_history: HubHistorySettings = HubHistorySettings()
    pypistats: PypistatsSettings = PypistatsSettings()
    policies: PoliciesSettings = PoliciesSettings()
    plugins: dict[str, dict[str, Any]] = Field(
        {}, description="what your own collectors are told: a table `[plugins.NAME]` each"
    )
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
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - ours names the variable in its errors
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature; no .env is read
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        sections = {name for name, field in settings_cls.model_fields.items() if _is_section(field.default)}
        return (
            init_settings,
            Variables(settings_cls),
            InitSettingsSource(settings_cls, init_kwargs=read_files(sections)),
        )


def _is_section(default: object) -> bool:
    return isinstance(default, BaseModel)


def load_settings() -> Settings:
    """Read all sources. Raises ConfigurationError that names the setting and where it stands."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise ConfigurationError(_explain(error)) from error
    refuse_unknown_variables(set(Settings.model_fields))
    return settings


_PLAIN_WORDS = {
    "extra_forbidden": "there is no such setting",
    "missing": "is missing",
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be {le} or less",
    "less_than": "must be less than {lt}",
    "finite_number": "must be a finite number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "string_too_short": "must have {min_length} or more characters",
    "string_too_long": "must have {max_length} characters or fewer",
    "string_pattern_mismatch": "holds characters that it may not hold",
    "too_short": "must have {min_length} or more entries",
    "literal_error": "must be {expected}",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
}
"""What pydantic's kinds of errors are called here."""


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        path = tuple(str(part) for part in problem["loc"])
        told = _PLAIN_WORDS.get(problem["type"])
        what = told.format(**problem.get("ctx", {})) if told else problem["msg"].removeprefix("Value error, ")
        lines.append(f"{'.'.join(path)}: {what} ({place_of(path)})")
    return "; ".join(lines)
