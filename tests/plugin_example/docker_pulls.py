"""How often images were pulled from Docker Hub: one image a target, one request each."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from urllib.parse import urlsplit

import msgspec

from collectors.contract import Context, Plugin, Target
from store.errors import SourceChanged
from store.records import (
    Batch,
    Coverage,
    CoverageStatus,
    DataSource,
    Kind,
    Metric,
    Observation,
    Semantics,
    SubjectRef,
)

NAME = "docker-pulls"


class Answer(msgspec.Struct):
    """What we need of the answer; other fields are ignored."""

    pull_count: int


class DockerPulls:
    name = source = NAME

    def __init__(self, url: str, images: Sequence[str]) -> None:
        self._url, self._images = url.rstrip("/"), images

    def list_targets(self) -> Sequence[Target]:
        host = urlsplit(self._url).netloc
        return [Target(image, image, host, every=timedelta(hours=12)) for image in self._images]

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        context.raise_if_stopped()
        etag = state.get("etag")
        fetched = context.fetcher.fetch(
            f"{self._url}/v2/repositories/{target.key}/", etag=etag if isinstance(etag, str) else None
        )
        if fetched.is_unchanged:
            unchanged = Coverage(target.key, CoverageStatus.UNCHANGED)
            yield Batch(coverage=[unchanged], state=state, requests=fetched.requests)
            return
        pulls = parse_pulls(fetched.body)
        subject = SubjectRef(NAME, Kind.PACKAGE, target.key)
        yield Batch(
            records=[Observation(subject, "docker.pulls", context.clock().date(), pulls)],
            coverage=[Coverage(target.key, CoverageStatus.COMPLETE, 1)],
            state={"etag": fetched.etag},
            requests=fetched.requests,
        )


def parse_pulls(body: bytes) -> int:
    """Pure: bytes in, a number out. Another shape is a SourceChanged that names the path."""
    try:
        return msgspec.json.decode(body, type=Answer).pull_count
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SourceChanged("pull_count", str(error)) from error


def make(settings: Mapping[str, object]) -> Plugin:
    """The entry point: `settings` is the table [plugins.docker-pulls]."""
    images = settings.get("images", [])
    if not isinstance(images, list) or not all(isinstance(image, str) for image in images):
        raise ValueError("images must be a list of names")
    url = settings.get("url", "https://hub.docker.com")
    return Plugin(
        collector=DockerPulls(str(url), images),
        source=DataSource(NAME, "Docker Hub", "https://hub.docker.com/", "facts; its terms apply"),
        metrics=[
            Metric(
                name="docker.pulls",
                unit="pulls",
                semantics=Semantics.CUMULATIVE,
                source=NAME,
                caveat="Pulls of layers, not people: build servers make most of them.",
            )
        ],
    )
