"""Which outlets told of a release: the stories of a window, found again from a model or an announcement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analyzers.stories import NOBODYS, Outlet, Story, Told, group_stories
from store.records import Document, Model, Release, StoredDocument, StoredRelease

FEEDS = "feeds"


class Telling:
    """`outlets`: whose each feed is, by name. Documents are entries of feeds; an announcement that has
    none, as in imports, stands for itself."""

    def __init__(
        self,
        documents: Sequence[StoredDocument],
        announcements: Sequence[StoredRelease],
        models: Sequence[Model],
        outlets: Mapping[str, Outlet],
    ) -> None:
        entries = {
            (each.document.subject.name, each.document.key): each.document
            for each in documents
            if each.document.subject.source == FEEDS
        }
        for stored in announcements:
            release = stored.release
            entries.setdefault((release.subject.name, release.key), _as_document(release))
        told = [Told(each, outlets.get(each.subject.name, NOBODYS)) for each in entries.values()]
        self._stories = group_stories(told, models)
        self._by_entry = {
            (member.outlet, member.document.key): story for story in self._stories for member in story.members
        }
        self._by_model: dict[str, Story] = {}
        for story in reversed(self._stories):  # the earliest account of a model is that of its release
            if story.model is not None:
                self._by_model.setdefault(story.model, story)

    def find_model(self, model: Model | None) -> Story | None:
        """The story that tells of a model's release."""
        return None if model is None else self._by_model.get(model.key)

    def find_entry(self, release: Release) -> Story | None:
        """The story that an announcement belongs to."""
        return self._by_entry.get((release.subject.name, release.key))


def _as_document(release: Release) -> Document:
    return Document(
        subject=release.subject,
        key=release.key,
        title=release.title,
        url=release.url,
        published_at=release.published_at,
        published_basis="published",
        text="",
        content_hash="",
        known_at=release.known_at,
    )


def list_outlets(story: Story | None) -> tuple[str, ...]:
    """Who told a story: the primary source first, each once."""
    return () if story is None else (story.primary.outlet, *story.told_by)
