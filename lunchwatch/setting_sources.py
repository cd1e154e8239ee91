"""Where settings come from: configuration files and variables; and where one of them stands."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import platformdirs
from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource

from store.errors import ConfigurationError

PREFIX = "LUNCHWATCH_"
_OTHER_VARIABLES = {"LUNCHWATCH_DEBUG", "LUNCHWATCH_LOG_FORMAT", "LUNCHWATCH_TEST_PG_URL"}


def data_folder() -> Path:
    """Where the database, the reports and the mails live; a service manager's STATE_DIRECTORY wins."""
    given = os.environ.get("STATE_DIRECTORY")
    return Path(given.split(":")[0]) if given else Path(platformdirs.user_data_dir("lunchwatch"))


def config_files() -> list[Path]:
    """The files that are read, the weakest first."""
    given = os.environ.get("CONFIGURATION_DIRECTORY")
    user = Path(given.split(":")[0]) if given else Path(platformdirs.user_config_dir("lunchwatch"))
    return [Path("/etc/lunchwatch/config.toml"), user / "config.toml"]


def read_file(path: Path) -> dict[str, Any]:
    """What a configuration file says; nothing when there is none. Errors name the file."""
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}", remedy="make it a readable file") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 text", remedy="save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: {error}", remedy="correct the file") from error
    except (RecursionError, ValueError) as error:  # a number too long to read
        raise ConfigurationError(f"{path}: is nested too deeply, or holds a number too long") from error


def read_files(sections: set[str]) -> dict[str, Any]:
    """What all files say, the later ones over the earlier. Raises ConfigurationError for a section that
    is no table."""
    merged: dict[str, Any] = {}
    for file in config_files():
        for name, value in read_file(file).items():
            if name in sections:
                if not isinstance(value, dict):
                    raise ConfigurationError(f"{name}: is a section; write [{name}] ({file})")
                merged[name] = {**merged.get(name, {}), **value}
            else:
                merged[name] = value
    return merged


class Variables(EnvSettingsSource):
    """The environment, with errors that name the variable."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)
        except (ValueError, RecursionError) as error:
            names = [name for name, held in os.environ.items() if held == value and name.startswith(PREFIX)]
            keys = sorted({name.removeprefix(PREFIX).replace("__", ".").lower() for name in names})
            raise ConfigurationError(
                f"{', '.join(keys) or field_name}: the value is no JSON ({', '.join(sorted(names))})",
                remedy='write lists as ["a", "b"]',
            ) from error


def place_of(path: tuple[str, ...]) -> str:
    """Where a setting was set: its variable or its file."""
    for length in range(len(path), 0, -1):
        name = PREFIX + "__".join(path[:length]).upper()
        if name in os.environ:
            return name
    for file in reversed(config_files()):
        if _holds(read_file(file), path):
            return str(file)
    return PREFIX + "__".join(path).upper()


def _holds(table: Any, path: tuple[str, ...]) -> bool:
    for part in path:
        if not isinstance(table, dict) or part not in table:
            return isinstance(table, list)
        table = table[part]
    return True


def refuse_unknown_variables(known: set[str]) -> None:
    """A misspelt section in a variable would otherwise be ignored in silence."""
    for variable in os.environ:
        if variable.startswith(PREFIX) and variable not in _OTHER_VARIABLES:
            section = variable.removeprefix(PREFIX).split("__")[0].lower()
            if section not in known:
                raise ConfigurationError(f"{section}: there is no such setting ({variable})")
