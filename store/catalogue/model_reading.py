"""models.toml: families, hand-checked models with their dated licences, and the Hub watch list."""

from __future__ import annotations

from collections.abc import Mapping

from store.catalogue.entries import CatalogueModel, DatedLicence, Family
from store.catalogue.names import normalise
from store.catalogue.references import by_key, known_key
from store.catalogue.toml_table import TomlTable, read_toml
from store.records import Lab, Licence


def read_models(
    labs: Mapping[str, Lab], licences: Mapping[str, Licence]
) -> tuple[tuple[Family, ...], tuple[CatalogueModel, ...], frozenset[str], tuple[str, ...]]:
    top = read_toml("store.catalogue", "models.toml")
    families: list[Family] = []
    for table in top.tables("families", "key"):
        lab = known_key(table, "lab", labs)
        if lab is None:
            raise table.fault("lab is missing")
        families.append(
            Family(
                key=table.text("key"),
                name=table.text("name"),
                lab=lab,
                has_thinking_mode=table.flag("thinking_is_a_mode", default=False),
            )
        )
        table.close()
    family_keys = by_key(families, "models.toml")
    models: list[CatalogueModel] = []
    for table in top.tables("models", "key"):
        model = _read_model(table, family_keys, licences)
        if model.lab not in labs:
            raise table.fault(f"the key must begin with a lab of labs.toml, got {model.lab!r}")
        models.append(model)
    unreleased = frozenset(normalise(name) for name in top.texts("unreleased_board_variants"))
    watched = top.texts("watched_on_the_hub")
    top.close()
    return tuple(families), tuple(by_key(models, "models.toml").values()), unreleased, watched


def _read_model(
    table: TomlTable, families: Mapping[str, Family], licences: Mapping[str, Licence]
) -> CatalogueModel:
    key = table.text("key")
    lab, _, rest = key.partition("/")
    if not rest or key != key.lower():
        raise table.fault("the key must be lab/name in lower case")
    family = known_key(table, "family", families)
    if family is not None and families[family].lab != lab:
        raise table.fault(f"family {family} belongs to {families[family].lab}")
    dated: list[DatedLicence] = []
    for entry in table.tables("licences", "licence"):
        licence = known_key(entry, "licence", licences)
        if licence is None:
            raise entry.fault("licence is missing")
        dated.append(DatedLicence(licence, entry.day("from"), entry.address("source")))
        entry.close()
    if [entry.valid_from for entry in dated] != sorted({entry.valid_from for entry in dated}):
        raise table.fault("the licences must be in order of their day, one per day")
    model = CatalogueModel(
        key=key,
        lab=lab,
        name=table.text("name"),
        family=family,
        released_on=table.day("released_on"),
        licences=tuple(dated),
        parameters=table.whole("parameters"),
        hub_name=table.optional_text("hub"),
        aliases=table.texts("also"),
        snapshots=table.days("snapshots"),
    )
    table.close()
    return model
