"""One walk over one target: its list page by page, then the watched models the list did not show.

Each page and each single answer is one batch that carries the place to go on from. What could not be read
of one model is said in that model's coverage; only what concerns the whole target is raised.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from collectors.contract import Context, Target
from collectors.hub.client import HubClient, Page
from collectors.hub.errors import ModelRefused
from collectors.hub.options import PAGES_PER_LISTING, HubOptions
from collectors.hub.parsing import is_derived, list_records
from collectors.hub.state import HubState
from collectors.hub.wire import HubModel, parse_model
from collectors.states import read_state
from store.errors import RateLimited, SourceChanged, SourceGone, SourceUnavailable
from store.records import Batch, Coverage, CoverageStatus, Record


class TargetWalk:
    """The batches of one call of `HubCollector.collect`."""

    def __init__(
        self,
        options: HubOptions,
        target: Target,
        state: Mapping[str, object],
        client: HubClient,
        context: Context,
    ) -> None:
        self._options = options
        self._scope = target.key
        self._host = target.host
        self._client = client
        self._context = context
        self._now = context.clock()
        self._state = read_state(state, HubState)
        self._walk = self._state.begin(self._now.date())
        if self._walk.next_url is not None and not self._walk.next_url.startswith(f"{options.origin}/"):
            self._walk.next_url = None  # the endpoint was changed since, or the list led astray
        models = target.options.get("models", ())
        self._watched = {name.lower(): name for name in models} if isinstance(models, tuple) else {}
        self._is_tracked = target.options.get("is_tracked") is True
        self._tracked = frozenset(name.lower() for name in options.organisations)
        self._counted = 0
        self._changed: list[SourceChanged] = []

    def list_batches(self) -> Iterator[Batch]:
        """Every batch of the walk; the last one carries the scope's coverage and ends the walk.

        Raises RateLimited when the host asks us to wait, with what is left postponed."""
        try:
            yield from self._list_all()
        except RateLimited as error:
            names = [name for name in self._watched.values() if name not in self._walk.done]
            scopes = [f"model:{name}" for name in names] + ([] if self._scope == "models" else [self._scope])
            status = CoverageStatus.POSTPONED
            yield self._batch(coverage=[Coverage(scope, status, reason=str(error)) for scope in scopes])
            raise

    def _list_all(self) -> Iterator[Batch]:
        kind, _, owner = self._scope.partition(":")
        if kind == "author":
            yield from self._list_pages({"author": owner, "sort": "downloads"}, None)
        elif kind == "trending":
            yield from self._list_pages({"sort": "trendingScore"}, self._options.trending)
        elif kind == "new":
            yield from self._list_pages({"sort": "createdAt"}, self._options.new_releases)
        for name in self._watched.values():
            if name not in self._walk.done:
                self._context.raise_if_stopped()
                yield self._fetch_single(name)
        if self._changed and not self._walk.has_read:  # not one could be read: that is no matter of one model
            self._state.walk = None
            yield self._batch()
            raise self._changed[0]
        coverage = [] if kind == "models" else [self._conclude()]
        self._state.walk = None
        yield self._batch(coverage=coverage)

    def _list_pages(self, parameters: Mapping[str, str], most: int | None) -> Iterator[Batch]:
        walk = self._walk
        size = min(self._options.page_size, most or self._options.page_size)
        visited: set[str] = set()
        while not walk.is_listed:
            self._context.raise_if_stopped()
            if walk.next_url is None:
                page = self._client.fetch_page({**parameters, "limit": size})
            else:
                visited.add(walk.next_url)
                page = self._client.fetch_next_page(walk.next_url)
            room = None if most is None else max(0, most - walk.items - walk.malformed)
            models, problems = _parse_page(page, room)
            if problems and not models and not walk.items:
                raise problems[0]  # nothing could be read: that is no matter of single items
            skipped = [f"{self._scope}: {problem}" for problem in problems]
            records, coverage = self._read_rows(models)
            walk.pages += 1
            walk.items += len(models)
            walk.malformed += len(skipped)
            walk.is_listed = (
                page.next_url is None
                or walk.pages >= PAGES_PER_LISTING
                or (most is not None and walk.items + walk.malformed >= most)
            )
            walk.next_url = page.next_url
            yield self._batch(records, coverage, skipped)
            if not walk.is_listed and page.next_url in visited:
                raise SourceChanged("Link", "names a page that was already read", host=self._host)

    def _read_rows(self, models: Sequence[HubModel]) -> tuple[list[Record], list[Coverage]]:
        """The records of a page's rows, and the coverage of the watched models among them."""
        names_by_id = {native_id: name for name, native_id in self._state.ids.items()}
        records: list[Record] = []
        coverage: list[Coverage] = []
        for model in models:
            asked = self._watched.get(model.name.lower()) or names_by_id.get(model.native_id or "")
            if asked is not None and asked.lower() in self._watched:
                records.extend(self._read_watched(asked, model))
                coverage.append(Coverage(f"model:{asked}", CoverageStatus.COMPLETE, 1))
            elif self._is_kept(model):
                records.extend(self._read(model))
        return records, coverage

    def _is_kept(self, model: HubModel) -> bool:
        """Whether a row that nobody watches is recorded. Of an owner who is not tracked only the watched
        models are; of the newest, made every few seconds, only own work that somebody has noticed."""
        if model.is_private:
            return False
        if self._scope == "new":
            return bool(model.likes) and not is_derived(model)
        return self._scope == "trending" or self._is_tracked

    def _read(self, model: HubModel, renamed_from: str | None = None) -> list[Record]:
        return list_records(
            model, self._now, site=self._options.origin, tracked=self._tracked, renamed_from=renamed_from
        )

    def _read_watched(self, asked: str, model: HubModel) -> list[Record]:
        self._walk.done.append(asked)
        self._walk.has_read = True
        self._state.note_found(f"model:{asked}")
        if model.native_id:
            self._state.ids[asked] = model.native_id
        is_renamed = model.name.lower() != asked.lower()
        return self._read(model, renamed_from=asked if is_renamed else None)

    def _fetch_single(self, name: str) -> Batch:
        """Ask for one watched model. What is wrong with it alone becomes its coverage."""
        scope = f"model:{name}"
        try:
            model = parse_model(self._client.fetch_model(name), name)
            if model.name.lower() != name.lower() and model.downloads_all_time is None:
                # A redirect may lose our query, and the answer then has the default fields only.
                model = parse_model(self._client.fetch_model(model.name), model.name)
        except SourceGone as error:
            self._walk.done.append(name)
            return self._batch(coverage=[self._miss(scope, error)])
        except ModelRefused as error:
            self._walk.done.append(name)
            return self._batch(coverage=[Coverage(scope, CoverageStatus.FAILED, reason=str(error))])
        except SourceChanged as error:
            self._walk.done.append(name)
            self._changed.append(error)
            coverage = [Coverage(scope, CoverageStatus.FAILED, reason=str(error))]
            return self._batch(coverage=coverage, skipped=[str(error)])
        except SourceUnavailable as error:
            self._context.fetcher.gate.admit(self._host)  # raises when the whole host is to be left alone
            self._walk.done.append(name)
            return self._batch(coverage=[Coverage(scope, CoverageStatus.FAILED, reason=str(error))])
        return self._batch(self._read_watched(name, model), [Coverage(scope, CoverageStatus.COMPLETE, 1)])

    def _miss(self, scope: str, error: SourceGone) -> Coverage:
        status, reason = self._state.note_miss(scope, error)
        return Coverage(scope, status, reason=reason)

    def _conclude(self) -> Coverage:
        """The coverage of the whole list, now that it is read."""
        walk = self._walk
        if self._is_tracked and walk.items + walk.malformed == 0:
            try:
                stated = self._client.fetch_model_count(self._scope.partition(":")[2])
            except SourceGone as error:
                return self._miss(self._scope, error)
            if stated:
                reason = f"says it has {stated} models and lists none"
                return Coverage(self._scope, CoverageStatus.PARTIAL, reason=reason)
        self._state.note_found(self._scope)
        problems = []
        if walk.next_url is not None and self._scope.startswith("author:"):
            problems.append(f"more than {walk.pages} pages")
        if walk.malformed:
            problems.append(f"{walk.malformed} malformed")
        status = CoverageStatus.PARTIAL if problems else CoverageStatus.COMPLETE
        return Coverage(self._scope, status, walk.items, reason=", ".join(problems))

    def _batch(
        self,
        records: Sequence[Record] = (),
        coverage: Sequence[Coverage] = (),
        skipped: Sequence[str] = (),
    ) -> Batch:
        spent, self._counted = self._client.requests - self._counted, self._client.requests
        return Batch(records, coverage, self._state.write(), spent, skipped)


def _parse_page(page: Page, room: int | None) -> tuple[list[HubModel], list[SourceChanged]]:
    """The page's models and what was wrong with the others."""
    models: list[HubModel] = []
    problems: list[SourceChanged] = []
    for index, item in enumerate(page.items[:room]):
        try:
            models.append(parse_model(item, f"[{index}]"))
        except SourceChanged as problem:
            problems.append(problem)
    return models, problems
