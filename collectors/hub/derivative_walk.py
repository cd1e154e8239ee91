"""What is made from one base model: how much there is, and how much was new in one week (methodology 7).

Two questions. The model itself says how many derivatives it has, by relation (`childrenModelCount`, which
only single answers know). The list of all models that name it as their base, newest first, is read back over
two weeks: what was made in the first of them, has had a week to be found and was downloaded more than five
times is counted and its lineage kept. Read once a week, the weeks follow each other without a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta

from collectors.contract import Context, Target
from collectors.hub.client import CHILDREN, DERIVATIVES, HubClient
from collectors.hub.errors import ModelRefused
from collectors.hub.listing import Listing
from collectors.hub.options import PAGES_PER_LISTING, HubOptions
from collectors.hub.parsing import SOURCE, list_lineage
from collectors.hub.state import DerivativeState
from collectors.hub.walking import HubWalk
from collectors.hub.wire import Count, HubModel, parse_model, parse_models
from collectors.shapes import convert_item
from collectors.states import read_state
from store.errors import RateLimited, SourceGone
from store.records import Batch, Coverage, CoverageStatus, Kind, Observation, Record, SubjectRef

RELATIONS = ("finetune", "adapter", "merge", "quantized")
"""As the Hub tells them apart, from the card and from the files."""

MATURES_IN = timedelta(days=7)
WINDOW = timedelta(days=7)
ABOVE = 5
"""Downloads above which a derivative counts: most are tried once by their makers and never again."""


class DerivativeWalk(HubWalk[DerivativeState]):
    """The batches of one pass over the target `derivatives:MODEL`."""

    def __init__(
        self,
        options: HubOptions,
        target: Target,
        state: Mapping[str, object],
        client: HubClient,
        context: Context,
    ) -> None:
        super().__init__(options, target, read_state(state, DerivativeState), client, context)
        self._asked = target.key.partition(":")[2]
        self._tally = self._state.begin(self._now.date(), options.origin)

    def list_batches(self) -> Iterator[Batch]:
        """One batch for the model, one per page of derivatives, the last with the week's numbers.

        Raises RateLimited with the target postponed, and SourceChanged when nothing can be read."""
        try:
            if not self._tally.name:
                self._context.raise_if_stopped()
                yield self._read_base()
            if self._tally.name:
                yield from self._read_derivatives()
        except RateLimited as error:
            yield self._postpone(error, self._scope)
            raise

    def _read_base(self) -> Batch:
        try:
            answer = self._client.fetch_model(self._asked, CHILDREN)
            model = parse_model(answer, self._asked)
            if model.name.lower() != self._asked.lower():  # the redirect of a renamed one loses our query
                answer = self._client.fetch_model(model.name, CHILDREN)
                model = parse_model(answer, model.name)
        except SourceGone as error:
            self._state.walk = None
            status, reason = self._state.note_miss(self._scope, error)
            return self._batch(coverage=[Coverage(self._scope, status, reason=reason)])
        except ModelRefused as error:
            self._state.walk = None
            return self._batch(coverage=[Coverage(self._scope, CoverageStatus.FAILED, reason=str(error))])
        self._state.note_found(self._scope)
        self._tally.name, self._tally.native_id = model.name, model.native_id
        day = self._now.date()
        return self._batch(
            [
                Observation(self._subject, f"hub.derivatives.{relation}", day, float(count))
                for relation, count in parse_children(answer, model.name).items()
            ]
        )

    def _read_derivatives(self) -> Iterator[Batch]:
        tally = self._tally
        until = datetime.combine(self._now.date(), time(), UTC) - MATURES_IN
        since = until - WINDOW
        listing = Listing(
            self._client,
            self._context,
            tally,
            self._host,
            parameters={"filter": f"base_model:{tally.name}", "sort": "createdAt"},
            expand=DERIVATIVES,
            size=self._options.page_size,
        )
        for page in listing.list_pages():
            models, problems = parse_models(page.items)
            if problems and not models and not tally.items:
                raise problems[0]  # nothing could be read: that is no matter of single items
            records: list[Record] = []
            for model in models:
                made = model.created_at
                if made is not None and since <= made < until and _is_counted(model):
                    relation = model.relation or ""
                    tally.new[relation] = tally.new.get(relation, 0) + 1
                    records.extend(list_lineage(model, self._now, site=self._options.origin))
            tally.items += len(models)
            tally.malformed += len(problems)
            is_past = any(model.created_at is not None and model.created_at < since for model in models)
            tally.is_listed |= is_past or tally.pages >= PAGES_PER_LISTING
            tally.is_past |= is_past
            yield self._batch(records, skipped=[f"{self._scope}: {problem}" for problem in problems])
        yield self._conclude()

    def _conclude(self) -> Batch:
        """The week's numbers, unless the list ended before the week did."""
        tally = self._tally
        problems = [f"{tally.malformed} malformed"] if tally.malformed else []
        records: list[Record] = []
        if tally.is_past or (tally.next_url is None and not tally.is_cut):
            day = self._now.date()
            new = {relation: float(tally.new.get(relation, 0)) for relation in RELATIONS}
            records = [
                Observation(self._subject, f"hub.derivatives.{relation}.new_7d", day, count)
                for relation, count in new.items()
            ]
        else:
            problems.insert(0, f"the week is not reached within {tally.items} derivatives")
        status = CoverageStatus.PARTIAL if problems else CoverageStatus.COMPLETE
        coverage = Coverage(self._scope, status, tally.items, ", ".join(problems))
        self._state.walk = None
        return self._batch(records, [coverage])

    @property
    def _subject(self) -> SubjectRef:
        return SubjectRef(SOURCE, Kind.HUB_MODEL, self._tally.name, self._tally.native_id)


def parse_children(answer: object, name: str) -> dict[str, int]:
    """Derivatives by relation, as far as the Hub says. A relation that is not told apart here is left out,
    and so is a number that is none by relation. Raises SourceChanged naming the path of a wrong count."""
    stated = answer.get("childrenModelCount") if isinstance(answer, dict) else None
    if not isinstance(stated, dict):
        return {}
    given = {relation: stated[relation] for relation in RELATIONS if stated.get(relation) is not None}
    return convert_item(given, dict[str, Count], f"{name}.childrenModelCount")


def _is_counted(model: HubModel) -> bool:
    """Whether somebody but its maker can be taken to use it. The total counts where it is told: it is not
    less than the 30 days' number, which a repository of this age has had no time to lose."""
    stated = model.downloads if model.downloads_all_time is None else model.downloads_all_time
    return not model.is_private and stated is not None and stated > ABOVE
