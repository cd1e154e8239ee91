"""Bundled assessments: which components a model's release holds, and under which licence.

The entries are those of the Model Openness Tool. `valid_from` is the day of the entry; a day before the
tool's first load is the model's own release day, which the tool could not know then, so such an entry
counts from the first load on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from urllib.parse import quote

from store.baseline.notation import Line, read_lines
from store.catalogue import Catalogue, midnight
from store.catalogue.names import normalise
from store.framework import WITHDRAWN, Component, Listing, assess, list_facts
from store.records import Kind, Link, ModelFact, ModelRecord, Openness, Record, SubjectRef

FIRST_LOAD = date(2024, 10, 3)
ENTRY = "https://github.com/lfai/model_openness_tool/blob/main/models/"

CODES: Mapping[str, Component] = {
    "ar": Component.ARCHITECTURE,
    "dp": Component.PREPROCESSING_CODE,
    "tr": Component.TRAINING_CODE,
    "in": Component.INFERENCE_CODE,
    "ev": Component.EVALUATION_CODE,
    "li": Component.LIBRARIES,
    "fp": Component.FINAL_PARAMETERS,
    "ip": Component.INTERMEDIATE_PARAMETERS,
    "ds": Component.DATASETS,
    "ed": Component.EVALUATION_DATA,
    "me": Component.METADATA,
    "so": Component.SAMPLE_OUTPUTS,
    "mc": Component.MODEL_CARD,
    "dc": Component.DATA_CARD,
    "te": Component.TECHNICAL_REPORT,
    "rp": Component.RESEARCH_PAPER,
    "er": Component.EVALUATION_RESULTS,
}


def read_components(file_name: str, catalogue: Catalogue, _through: date) -> Iterator[Record]:
    """Per entry the components' licences as stated, what was listed, and the class that follows.

    A model that neither catalogue nor the bundled models know is made, with its weights' licence where
    that is one we know and the entry says where the weights are."""
    keys = _KnownKeys(catalogue)
    before: dict[str, dict[str, str]] = {}
    for line in sorted(read_lines(file_name), key=_entered_on):
        stem, hub_name, day = line.columns[0], line.text(2), _entered_on(line)
        lab, key = keys.find(line.group[0], stem, hub_name)
        listing = parse_listing(line)
        told = list_facts(listing)
        facts = dict.fromkeys(before.get(key, {}), WITHDRAWN) | told
        mof_class = assess(listing, catalogue.classify_licence).fact
        if mof_class is not None:
            facts["mof_class"] = mof_class
        if not keys.is_known(key):
            if key not in before:
                yield ModelRecord(key, lab, line.text(1) or stem)
                if hub_name is not None:
                    yield Link(SubjectRef("hub", Kind.HUB_MODEL, hub_name), key, "hub_id", 1.0)
            licence = listing.licence_of(Component.FINAL_PARAMETERS)
            is_known_licence = catalogue.classify_licence(licence or "") is not Openness.UNKNOWN
            # Entries of models that were only ever served state licences too (Claude 2: MIT).
            if licence and is_known_licence and hub_name is not None:
                facts["licence"] = licence
        before[key] = told
        for attribute, value in facts.items():
            yield ModelFact(
                key,
                attribute,
                value,
                valid_from=day,
                evidence_url=f"{ENTRY}{quote(stem)}.yml",
                known_at=midnight(day),
            )


def _entered_on(line: Line) -> date:
    return max(date.fromisoformat(line.columns[3]), FIRST_LOAD)


def parse_listing(line: Line) -> Listing:
    """The columns `components listed`, `licence of all of a kind` and `own licence: components`."""
    by_kind = {}
    for entry in (line.text(5) or "").split("; "):
        if entry:
            kind, _, licence = entry.partition("=")
            by_kind[kind] = licence
    own: dict[Component, str | None] = {}
    for group in (line.text(6) or "").split("; "):
        licence, _, codes = group.rpartition(": ") if not group.startswith(": ") else ("", "", group[2:])
        for code in codes.split():
            if CODES[code] in own:
                raise ValueError(f"{line.columns[0]}: {code} stands twice")
            own[CODES[code]] = licence or None
    return Listing(own, by_kind, int(line.columns[4]))


_NOT_IN_KEYS = re.compile(r"[^\w.+-]+")


class _KnownKeys:
    """Which models there are already, by key and by Hub repository."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._keys = {model.key for model in catalogue.models}
        self._by_hub = {m.hub_name.lower(): m.key for m in catalogue.models if m.hub_name is not None}
        for line in read_lines("models.tsv"):
            key = f"{catalogue.lab(line.group[0]).key}/{line.columns[0]}".lower()
            self._keys.add(key)
            hub_name = line.text(6)
            if hub_name is not None:
                self._by_hub.setdefault(hub_name.lower(), key)

    def is_known(self, key: str) -> bool:
        return key in self._keys

    def find(self, producer: str, name: str, hub_name: str | None) -> tuple[str, str]:
        """The lab's and the model's key of an entry: by its Hub repository, else by its name as the
        catalogue knows it with that maker, else `lab/name`."""
        maker = self._catalogue.lab_of(producer) or self._catalogue.lab_of((hub_name or "").split("/")[0])
        lab = maker.key if maker is not None else normalise(producer)
        if hub_name is not None:
            key = self._by_hub.get(hub_name.lower())
            if key is not None:
                return key.split("/")[0], key
        key = self._catalogue.find_model(name)
        if key is not None and key.split("/")[0] == lab:
            return lab, key
        return lab, f"{lab}/{_NOT_IN_KEYS.sub('-', name).strip('-')}".lower()
