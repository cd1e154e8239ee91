"""Bundled counters: 30-day downloads and likes on the Hub, stars, forks and issues on GitHub."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from store.baseline.notation import Line, parse_days, parse_values, read_lines
from store.catalogue import Catalogue, midnight
from store.records import Fact, Kind, Observation, Record, SubjectRef

HUB_METRICS = ("hub.downloads.30d", "hub.likes")
GITHUB_METRICS = ("github.stars", "github.forks", "github.open_issues")


def read_hub_downloads(file_name: str, _catalogue: Catalogue, _through: date) -> Iterator[Record]:
    """Observations per repository and the number of parameters whenever it changed."""
    for line in read_lines(file_name):
        name, parameters, *series = line.columns
        subject = SubjectRef("hub", Kind.HUB_MODEL, name)
        first, *later = parameters.split(" ")
        first_day = parse_days(series[0])[0]
        yield _parameters(subject, first, first_day)
        for change in later:
            day, value = change.split("=")
            yield _parameters(subject, value, date.fromisoformat(day))
        yield from _observations(subject, HUB_METRICS, Line((), tuple(series)))


def read_github_stars(file_name: str, catalogue: Catalogue, _through: date) -> Iterator[Record]:
    """Observations per repository, under the name it has now."""
    for line in read_lines(file_name):
        name, *series = line.columns
        subject = SubjectRef("github", Kind.GITHUB_REPO, catalogue.current_repository_name(name))
        yield from _observations(subject, GITHUB_METRICS, Line((), tuple(series)))


def _parameters(subject: SubjectRef, value: str, day: date) -> Fact:
    return Fact(subject, "parameters", value, valid_from=day, known_at=midnight(day))


def _observations(subject: SubjectRef, metrics: tuple[str, ...], series: Line) -> Iterator[Observation]:
    days = parse_days(series.columns[0])
    for metric, column in zip(metrics, series.columns[1:], strict=True):
        for day, value in zip(days, parse_values(column, len(days)), strict=True):
            if value is not None:
                yield Observation(subject, metric, day, value, known_at=midnight(day))
