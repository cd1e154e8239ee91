"""The documented views: the stable interface for `lunchwatch sql`, exports and other tools.

They show current knowledge: of several rows about the same thing, the one told by the latest run, and an
own observation before a bundled one. They are dropped before a migration and made anew after it, so
a view never outlives the table it reads. The SQL is the same for SQLite and PostgreSQL.
"""

from __future__ import annotations

from dataclasses import dataclass

OWN_FIRST = "CASE WHEN r.basis = 'bundled' THEN 1 ELSE 0 END, r.run_id DESC"
"""Which of several rows about the same thing is current knowledge (ORDER BY over run `r`)."""

OWN_DAYS_FIRST = "CASE WHEN o.basis = 'bundled' THEN 1 ELSE 0 END, o.day DESC, o.run_id DESC"
"""The same among the days of a level: the latest own one, else the latest bundled one."""


@dataclass(frozen=True, slots=True)
class View:
    name: str
    comment: str
    sql: str


def _current(
    table: str, alias: str, keys: str, columns: str, joins: str = "", extra: str = "", where: str = ""
) -> str:
    """Select the current row per `keys`: `columns`, then its clock, basis, source and run."""
    return (
        f"SELECT {columns}, COALESCE({alias}.known_at, {alias}.run_started_at) AS known_at,"  # noqa: S608 - this module's constants only
        f" {alias}.run_basis AS basis, {alias}.data_source, {alias}.run_id"
        f" FROM (SELECT {alias}.*, r.basis AS run_basis, r.data_source,{extra}"
        f" r.started_at AS run_started_at,"
        f" row_number() OVER (PARTITION BY {keys} ORDER BY {OWN_FIRST}) AS rank"
        f" FROM {table} {alias} JOIN run r ON r.run_id = {alias}.run_id) {alias} {joins}"
        f" WHERE {alias}.rank = 1{where}"
    )


_WITHDRAWN = (
    "(SELECT w.* FROM (SELECT w.* FROM fact w JOIN run r ON r.run_id = w.run_id) w"
    " WHERE w.attribute = 'withdrawn')"
)

_QUOTE = (
    "SELECT q.world, q.offer, q.price_list, q.metric, q.value AS usd_per_mtok, q.day,"  # noqa: S608 - this module's constants only
    " count(*) OVER same AS lists,"
    " CASE WHEN count(CASE WHEN q.value > 0 THEN 1 END) OVER same > 1 THEN"
    " CAST(round(CAST(max(q.value) OVER same / min(CASE WHEN q.value > 0 THEN q.value END) OVER same - 1"
    " AS NUMERIC), 4) AS DOUBLE PRECISION) END AS spread,"
    " q.basis, q.subject_id, q.run_id"
    " FROM (SELECT s.world, s.source AS price_list, s.name AS offer, lower(s.name) AS folded,"
    " m.name AS metric, o.value, o.day, o.basis, o.subject_id, o.run_id,"
    f" row_number() OVER (PARTITION BY o.metric_id, o.subject_id ORDER BY {OWN_DAYS_FIRST}) AS rank"
    " FROM (SELECT o.*, r.basis FROM observation o JOIN run r ON r.run_id = o.run_id) o"
    " JOIN metric m ON m.metric_id = o.metric_id JOIN subject s ON s.subject_id = o.subject_id"
    " WHERE s.kind = 'offer' AND m.name LIKE 'price.%'"
    f" AND NOT EXISTS (SELECT 1 FROM {_WITHDRAWN} f WHERE f.subject_id = o.subject_id AND f.value = 'true'"
    f" AND NOT EXISTS (SELECT 1 FROM {_WITHDRAWN} g WHERE g.subject_id = f.subject_id AND g.value = 'false'"
    " AND (g.valid_from > f.valid_from OR (g.valid_from = f.valid_from AND g.run_id > f.run_id))))) q"
    " WHERE q.rank = 1 WINDOW same AS (PARTITION BY q.world, q.folded, q.metric)"
)
"""The latest price of every offer in every list, beside what the other lists ask for the same one."""

VIEWS: tuple[View, ...] = (
    View(
        "v_run",
        "Every attempt of a collector or import: when, how it ended, what it wrote, what it cost.",
        "SELECT run_id, world, collector, data_source, basis, started_at, finished_at, outcome, written,"
        " unchanged, skipped, requests, error_kind, error FROM run",
    ),
    View(
        "v_coverage",
        "What each run looked at. No row: not looked.",
        "SELECT c.run_id, r.world, r.collector, r.started_at, c.scope, c.status, c.items, c.reason"
        " FROM coverage c JOIN run r ON r.run_id = c.run_id",
    ),
    View(
        "v_metric",
        "The declared counters: unit, semantics and caveat of each.",
        "SELECT name AS metric, unit, semantics, window_days, source, caveat FROM metric",
    ),
    View(
        "v_source",
        "Whose facts are used, under which licence.",
        "SELECT key AS data_source, name, url, licence, changes FROM data_source",
    ),
    View(
        "v_subject",
        "One thing in one source: a Hub or GitHub repository, an offer, a board entry, a feed.",
        "SELECT subject_id, world, source, kind, native_id, name AS subject, run_id FROM subject",
    ),
    View(
        "v_observation",
        "Dated values of declared counters, current knowledge. A missing day of a level means unchanged"
        " where v_coverage says that somebody looked.",
        _current(
            "observation",
            "o",
            "o.metric_id, o.subject_id, o.day",
            "s.world, s.source, s.kind, s.name AS subject, m.name AS metric, m.unit, m.semantics, o.day,"
            " o.value, o.subject_id",
            "JOIN subject s ON s.subject_id = o.subject_id JOIN metric m ON m.metric_id = o.metric_id",
            # from the first own observation on bundled rows are overtaken: an own level that was seen
            # again unchanged is not stored again
            " min(CASE WHEN r.basis <> 'bundled' THEN o.day END)"
            " OVER (PARTITION BY o.metric_id, o.subject_id) AS own_since,",
            # of scores the publication is overtaken, metric and day, whatever its models are called in it
            # (NOT IN is worked out once, and only where a bundled score is met)
            " AND (o.run_basis <> 'bundled' OR CASE WHEN m.semantics = 'score' THEN"
            " (o.metric_id, o.day, s.world) NOT IN (SELECT p.metric_id, p.day, p.world FROM"
            " (SELECT x.metric_id, x.day, r.basis, r.world FROM observation x"
            " JOIN run r ON r.run_id = x.run_id) p JOIN metric n ON n.metric_id = p.metric_id"
            " WHERE n.semantics = 'score' AND p.basis <> 'bundled')"
            " ELSE o.own_since IS NULL OR o.day < o.own_since END)",
        ),
    ),
    View(
        "v_offer_quote",
        "What each price list asks for each offer that it still has: `offer` is provider and model. `lists`"
        " quote it; `spread` is the dearest over the cheapest less 1 (0.25: 25 %), to four places, empty with"
        " fewer than two prices above 0. Here lists are compared; in analyses an offer counts once.",
        _QUOTE,
    ),
    View(
        "v_fact",
        "Slow, dated attributes of subjects: licence, gated, archived, parameters, …",
        _current(
            "fact",
            "f",
            "f.subject_id, f.attribute, f.valid_from",
            "s.world, s.source, s.kind, s.name AS subject, f.attribute, f.value, f.valid_from, f.precision,"
            " f.evidence_url, f.subject_id",
            "JOIN subject s ON s.subject_id = f.subject_id",
        ),
    ),
    View(
        "v_model",
        "Models: the thing itself, across sources.",
        "SELECT model_id, world, key AS model, lab, name, family, run_id FROM model",
    ),
    View(
        "v_model_fact",
        "Dated attributes of models: openness, licence, released_on, …",
        _current(
            "model_fact",
            "f",
            "f.model_id, f.attribute, f.valid_from",
            "m.world, m.key AS model, m.lab, f.attribute, f.value, f.valid_from, f.precision,"
            " f.evidence_url, f.model_id",
            "JOIN model m ON m.model_id = f.model_id",
        ),
    ),
    View(
        "v_link",
        "Links that were told: by a source that names the Hub repository, by the bundle and by hand, as told"
        " last of each pair; of several of one subject by hand the latest that is not withdrawn counts. Which"
        " model an offer or a board's or index's entry is follows from its name when it is asked and is not"
        " stored: `lunchwatch link list` shows every link in force.",
        _current(
            "link",
            "l",
            "l.subject_id, l.model_id",
            "s.world, s.source, s.kind, s.name AS subject, m.key AS model, l.basis AS link_basis,"
            " l.confidence, l.valid_from, l.is_withdrawn",
            "JOIN subject s ON s.subject_id = l.subject_id JOIN model m ON m.model_id = l.model_id",
        ),
    ),
    View(
        "v_release",
        "New models, versions of software, announcements.",
        _current(
            "release",
            "e",
            "e.subject_id, e.kind, e.key",
            "s.world, s.source, s.name AS subject, e.kind, e.key, e.title, e.version, e.url, e.published_at,"
            " e.precision, e.is_prerelease",
            "JOIN subject s ON s.subject_id = e.subject_id",
        ),
    ),
    View(
        "v_document",
        "Feed entries, policy versions, pages: the latest text of each.",
        _current(
            "document",
            "d",
            "d.subject_id, d.key",
            "s.world, s.source, s.name AS subject, d.key, d.title, d.url, d.published_at, d.published_basis,"
            " d.text, d.content_hash",
            "JOIN subject s ON s.subject_id = d.subject_id",
        ),
    ),
    View(
        "v_claim",
        "Somebody says that a model scored x on a benchmark; never averaged.",
        _current(
            "claim",
            "c",
            "c.world, c.identity",
            "c.world, c.model, c.benchmark, c.version, c.metric, c.unit, c.score, c.standing, c.claimed_on,"
            " c.source_url, c.settings, c.quote",
        ),
    ),
    View(
        "v_figure",
        "Single published numbers with their source and its interest.",
        _current(
            "figure",
            "g",
            "g.world, g.identity",
            "g.world, g.measure, g.value, g.unit, g.as_of, g.precision, g.source, g.sponsor_interest,"
            " g.notes",
        ),
    ),
    View(
        "v_issue",
        "Weekly reports as they were frozen.",
        "SELECT world, week, revision, as_of, built_at, last_run_id, content_hash, inputs_hash FROM issue",
    ),
    View(
        "v_delivery",
        "What was sent: counts only by issue and state, no addresses.",
        "SELECT i.world, i.week, i.revision, d.channel, d.state, count(*) AS deliveries"
        " FROM delivery d JOIN issue i ON i.issue_id = d.issue_id"
        " GROUP BY i.world, i.week, i.revision, d.channel, d.state",
    ),
)
