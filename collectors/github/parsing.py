"""From a repository and its releases to records. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from collectors.github.wire import Repository, RepositoryRelease
from store.records import Fact, Kind, Observation, Record, Release, ReleaseKind, SubjectRef

SOURCE = "github"


def list_repository_records(repository: Repository, asked: str, now: datetime) -> list[Record]:
    """What one repository gives. `asked` is the name we used: another name in the answer is a rename
    (GitHub redirects old names); a difference in case alone is only our spelling."""
    subject = SubjectRef(SOURCE, Kind.GITHUB_REPO, repository.name, repository.native_id)
    day = now.date()
    issues, pulls = repository.open_issues, repository.open_pulls
    counts = {
        "github.stars": repository.stars,
        "github.forks": repository.forks,
        "github.open_issues": issues,
        "github.open_issues.without_pulls": None if issues is None or pulls is None else issues - pulls,
        "github.open_pulls": pulls,
        "github.watchers": repository.watchers,
    }
    records: list[Record] = [
        Observation(subject, metric, day, float(count))
        for metric, count in counts.items()
        if count is not None
    ]
    attributes = {
        "licence": repository.licence,
        "archived": _as_text(repository.is_archived),
        "disabled": _as_text(repository.is_disabled),
        "fork": _as_text(repository.is_fork),
        "language": repository.language,
        "renamed_from": asked if asked.lower() != repository.name.lower() else None,
    }
    records.extend(
        Fact(subject, attribute, value, day, evidence_url=repository.url)
        for attribute, value in attributes.items()
        if value is not None
    )
    created = repository.created_at.date()
    records.append(Fact(subject, "created_on", created.isoformat(), created, evidence_url=repository.url))
    return records


def _as_text(is_so: bool | None) -> str | None:  # noqa: FBT001 - a value, not a switch
    return None if is_so is None else str(is_so).lower()


def list_release_records(subject: SubjectRef, releases: Iterable[RepositoryRelease]) -> list[Record]:
    """Releases of the repository `subject`."""
    return [
        Release(
            subject=subject,
            kind=ReleaseKind.SOFTWARE,
            key=release.native_id,
            title=release.title,
            url=release.url,
            published_at=release.published_at,
            version=release.tag,
            is_prerelease=release.is_prerelease,
            known_at=release.published_at,  # everybody could read it then
        )
        for release in releases
    ]
