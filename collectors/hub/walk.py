"""One walk over one target: its list page by page, then the watched models the list did not show.

Each page and each single answer is one batch that carries the place to go on from. What could not be read
of one model is said in that model's coverage; only what concerns the whole target is raised.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from collectors.contract import Context, Target
from collectors.hub.claims import ClaimNames
from collectors.hub.client import CLAIMS, EXPAND, LEAN, SINGLE, HubClient
from collectors.hub.errors import ModelRefused
from collectors.hub.listing import Listing
from collectors.hub.options import PAGES_PER_LISTING, HubOptions
from collectors.hub.parsing import is_derived, list_records, read_ability
from collectors.hub.results import Results, describe_left_out, parse_results
from collectors.hub.state import HubState, Newest
from collectors.hub.walking import HubWalk
from collectors.hub.wire import HubModel, parse_model, parse_models
from collectors.states import read_state
from store.errors import RateLimited, SourceChanged, SourceGone, SourceUnavailable
from store.records import Batch, Coverage, CoverageStatus, Record

_CLOCKS_DIFFER = timedelta(days=1)
"""A repository made later than this from now has a wrong date, after which nothing would ever be new."""


class TargetWalk(HubWalk[HubState]):
    """The batches of one call of `HubCollector.collect`."""

    def __init__(
        self,
        options: HubOptions,
        target: Target,
        state: Mapping[str, object],
        client: HubClient,
        context: Context,
        names: ClaimNames | None = None,
    ) -> None:
        super().__init__(options, target, read_state(state, HubState), client, context)
        self._names = names
        self._walk = self._state.begin(self._now.date(), options.origin)
        models = target.options.get("models", ())
        self._watched = {name.lower(): name for name in models} if isinstance(models, tuple) else {}
        self._is_tracked = target.options.get("is_tracked") is True
        self._tracked = frozenset(name.lower() for name in options.organisations)
        self._changed: list[SourceChanged] = []

    def list_batches(self) -> Iterator[Batch]:
        """Every batch of the walk; the last one carries the scope's coverage and ends the walk.

        Raises RateLimited when the host asks us to wait, with what is left postponed."""
        try:
            yield from self._list_all()
        except RateLimited as error:
            names = [name for name in self._watched.values() if name not in self._walk.done]
            scopes = [f"model:{name}" for name in names] + ([] if self._scope == "models" else [self._scope])
            yield self._postpone(error, *scopes)
            raise

    def _list_all(self) -> Iterator[Batch]:
        kind, _, what = self._scope.partition(":")
        if kind == "author":
            yield from self._list_pages({"author": what, "sort": "downloads"})
        elif kind == "trending":
            yield from self._list_pages({"sort": "trendingScore"}, most=self._options.trending)
        elif kind == "task":
            asked = {"pipeline_tag": what, "sort": "downloads"}
            yield from self._list_pages(asked, expand=LEAN, most=self._options.per_task)
        elif kind == "new":
            first = self._options.new_releases if self._state.newest is None else None
            pages = self._options.new_pages
            yield from self._list_pages({"sort": "createdAt"}, most=first, pages=pages)
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

    def _list_pages(
        self,
        parameters: Mapping[str, str],
        *,
        expand: Sequence[str] = EXPAND,
        most: int | None = None,
        pages: int = PAGES_PER_LISTING,
    ) -> Iterator[Batch]:
        walk = self._walk
        size = min(self._options.page_size, most or self._options.page_size)
        listing = Listing(
            self._client, self._context, walk, self._host, parameters=parameters, expand=expand, size=size
        )
        etag = self._state.etag if self._state.question == listing.question else None
        for page in listing.list_pages(etag):
            room = None if most is None else max(0, most - walk.items - walk.malformed)
            models, problems = parse_models(page.items[:room])
            if problems and not models and not walk.items:
                raise problems[0]  # nothing could be read: that is no matter of single items
            fresh = self._leave_known(models)
            skipped = [f"{self._scope}: {problem}" for problem in problems]
            records, coverage = self._read_rows(fresh)
            walk.items += len(fresh)
            walk.malformed += len(skipped)
            is_enough = most is not None and walk.items + walk.malformed >= most
            walk.is_known |= len(fresh) < len(models)
            walk.is_listed |= walk.is_known or is_enough or walk.pages >= pages
            walk.is_unchanged |= page.is_unchanged
            if walk.is_listed and self._is_conditional and walk.items and not walk.malformed:
                self._state.etag, self._state.question = listing.etag, listing.question
            yield self._batch(records, coverage, skipped)

    @property
    def _is_conditional(self) -> bool:
        """Whether an unchanged answer says all there is to say: not where watched models are looked for in
        it, and not of the newest, which are read from where the last reading ended."""
        return not self._watched and self._scope != "new"

    def _leave_known(self, models: Sequence[HubModel]) -> list[HubModel]:
        """Of the newest repositories those made since the last time, all of them of any other list."""
        if self._scope != "new":
            return list(models)
        for model in models:
            self._note_newest(model)
        since = self._state.newest
        if since is None:
            return list(models)
        return [
            model
            for model in models
            if model.created_at is None
            or model.created_at > since.created_at
            or (model.created_at == since.created_at and (model.native_id or model.name) not in since.ids)
        ]

    def _note_newest(self, model: HubModel) -> None:
        made, newest = model.created_at, self._walk.newest
        if made is None or made > self._now + _CLOCKS_DIFFER:
            return
        identity = model.native_id or model.name
        if newest is None or made > newest.created_at:
            self._walk.newest = Newest(made, [identity])
        elif made == newest.created_at and identity not in newest.ids:
            newest.ids.append(identity)

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
        return self._is_tracked or self._scope == "trending" or self._scope.startswith("task:")

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
        expand = (*SINGLE, *CLAIMS) if self._options.claims else SINGLE
        try:
            answer = self._client.fetch_model(name, expand)
            model = parse_model(answer, name)
            if model.name.lower() != name.lower() and model.downloads_all_time is None:
                # A redirect may lose our query, and the answer then has the default fields only.
                answer = self._client.fetch_model(model.name, expand)
                model = parse_model(answer, model.name)
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
        records = self._read_watched(name, model)
        records.extend(read_ability(model, self._state.disabled, self._now, site=self._options.origin))
        found = Results()
        if self._options.claims:
            found = parse_results(answer, model.name, self._now, site=self._options.origin, names=self._names)
        coverage = [Coverage(scope, CoverageStatus.COMPLETE, 1, describe_left_out(found.left_out))]
        return self._batch([*records, *found.claims], coverage, found.skipped)

    def _miss(self, scope: str, error: SourceGone) -> Coverage:
        status, reason = self._state.note_miss(scope, error)
        return Coverage(scope, status, reason=reason)

    def _conclude(self) -> Coverage:
        """The coverage of the whole list, now that it is read."""
        walk = self._walk
        if walk.is_unchanged:
            return Coverage(self._scope, CoverageStatus.UNCHANGED)
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
        if walk.is_cut:
            problems.append(f"the Hub gives no more than {walk.items} in time")
        elif walk.next_url is not None and self._scope.startswith("author:"):
            problems.append(f"more than {walk.pages} pages")
        elif walk.next_url is not None and self._state.newest is not None and not walk.is_known:
            since = self._state.newest.created_at
            problems.append(f"more than {walk.pages} pages since {since:%Y-%m-%d %H:%M} UTC")
        if self._scope.startswith("task:") and walk.items + walk.malformed == 0:
            problems.append("the Hub has no model with this task; is it one of its names? (hub.tasks)")
        if walk.malformed:
            problems.append(f"{walk.malformed} malformed")
        if walk.newest is not None:
            self._state.newest = walk.newest
        status = CoverageStatus.PARTIAL if problems else CoverageStatus.COMPLETE
        return Coverage(self._scope, status, walk.items, reason=", ".join(problems))
