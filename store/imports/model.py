"""Models and how open they are: `model,lab,name,released_on,openness[,licence,valid_from,hub_id,family]`.

Several rows of one model with different `valid_from` are its dated history; nothing is applied before it
was valid. Release and name of a model are one, whatever row states them. An openness that is left empty
is the licence's, or unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from store.catalogue import midnight
from store.imports.entry import Context, Entry, ImportKind, Settled, Statement
from store.imports.field import FIRST_DAY, check_key, find_dated, read_key
from store.imports.row import BadField, Row, quote
from store.records import Kind, Link, ModelFact, ModelRecord, Openness, Precision, Record, SubjectRef

SINCE_EVER = (FIRST_DAY, Precision.DAY)
"""From when on a row without any date holds."""

_ALIASES = {"open": Openness.UNRESTRICTED, "closed": Openness.API}


def parse_row(row: Row, context: Context) -> Entry:
    """What was true of a model from `valid_from` (else its release) on, and known from that day on."""
    key = read_key(row, "model")
    lab = _lab(read_key(row, "lab"), context)
    name = read_key(row, "name")
    family = check_key(row.text("family"), "family") if row.text("family") else None
    openness = _openness(row)
    licence = row.text("licence")
    released = find_dated(row, "released_on", context.now)
    day, precision = find_dated(row, "valid_from", context.now) or released or SINCE_EVER
    records: list[Record] = [ModelRecord(key, lab, name, family)]
    said = [
        Statement("lab and name of the model", ("model", key), (lab, name)),
        Statement("the openness of the model on that day", ("openness", key, day), openness),
    ]
    if family is not None:
        said.append(Statement("the family of the model", ("family", key), family))
    if released is not None:
        said.append(Statement("the release date of the model", ("released_on", key), released))
        records.append(_fact(key, "released_on", released[0].isoformat(), *released))
    if row.text("openness") or not licence:  # an empty one leaves the word to the licence
        records.append(_fact(key, "openness", openness, day, precision))
    if licence:
        said.append(Statement("the licence of the model on that day", ("licence", key, day), licence))
        records.append(_fact(key, "licence", licence, day, precision))
    if row.text("hub_id"):
        subject = SubjectRef("hub", Kind.HUB_MODEL, check_key(row.text("hub_id"), "hub_id"))
        said.append(Statement("the repository", ("hub_id", key, subject.name), None))
        records.append(Link(subject, key, "hub_id", 1.0, known_at=midnight(day)))
    return Entry(row.line, midnight(day), tuple(said), tuple(records))


def settle(entries: Sequence[Entry]) -> Settled:
    """Each model once, with the family that any row states; each link as early as any row knew it."""
    models: dict[str, ModelRecord] = {}
    links: dict[tuple[SubjectRef, str], Link] = {}
    others: dict[Record, None] = {}
    for record in (record for entry in entries for record in entry.records):
        if isinstance(record, ModelRecord):
            before = models.get(record.key)
            models[record.key] = before if before is not None and before.family else record
        elif isinstance(record, Link):
            links.setdefault((record.subject, record.model), record)
        else:
            others[record] = None
    return Settled([*models.values(), *others, *links.values()])


def _lab(text: str, context: Context) -> str:
    """The key of a lab that the catalogue knows, else the text as given."""
    known = context.catalogue.lab_of(text)
    return text if known is None else known.key


def _openness(row: Row) -> Openness:
    text = row.text("openness") or Openness.UNKNOWN
    folded = text.casefold()
    try:
        return _ALIASES.get(folded) or Openness(folded)
    except ValueError as error:
        there_are = f"{', '.join(Openness)}, or {' and '.join(_ALIASES)}"
        raise BadField("openness", f"{quote(text)} is no openness; there are: {there_are}") from error


def _fact(model: str, attribute: str, value: str, day: date, precision: Precision) -> ModelFact:
    return ModelFact(model, attribute, value, valid_from=day, precision=precision, known_at=midnight(day))


KIND = ImportKind(
    "models",
    ("model", "lab", "name", "released_on", "openness"),
    ("licence", "valid_from", "hub_id", "family"),
    parse_row,
    settle,
)
