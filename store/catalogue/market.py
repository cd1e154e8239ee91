"""packages.toml and price_lists.toml: which packages are counted, which price list speaks for whom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from store.catalogue.entries import Role
from store.catalogue.references import known_key
from store.catalogue.toml_table import read_toml
from store.records import DataSource, Lab

FOLDER = "store.catalogue"
ROLES: tuple[Role, ...] = ("open_stack", "closed_sdk")
_PACKAGE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Package:
    """A package to count. `role` as a repository's; `note`: what its downloads do not mean."""

    name: str
    role: Role
    lab: str | None
    note: str


@dataclass(frozen=True, slots=True)
class PriceLists:
    """`preference`: the declared lists, the one that is believed first in front. `providers`: names of
    providers elsewhere to the ones offers bear here. `passed_on`: names that repeat another's price."""

    preference: tuple[str, ...] = ()
    providers: Mapping[str, str] = field(default_factory=dict)
    passed_on: frozenset[str] = frozenset()

    def rank(self, source: str) -> int | None:
        """The place of a list in the preference, 0 first; None for one that is not declared."""
        return self.preference.index(source) if source in self.preference else None


def read_packages(labs: Mapping[str, Lab]) -> tuple[Package, ...]:
    top = read_toml(FOLDER, "packages.toml")
    packages: dict[str, Package] = {}
    for table in top.tables("packages", "name"):
        package = Package(
            name=table.text("name"),
            role=table.one_of("role", ROLES),
            lab=known_key(table, "lab", labs),
            note=table.text("note", ""),
        )
        table.close()
        if not _PACKAGE.fullmatch(package.name):
            raise table.fault("the name must be in its one spelling: lower case, single hyphens")
        if packages.setdefault(package.name, package) is not package:
            raise table.fault("is listed twice")
    top.close()
    return tuple(packages.values())


def read_price_lists(sources: Mapping[str, DataSource]) -> PriceLists:
    top = read_toml(FOLDER, "price_lists.toml")
    preference = top.texts("preference")
    for source in preference:
        if source not in sources:
            raise top.fault(f"preference: {source!r} is not declared in sources.toml")
    passed_on = frozenset(top.texts("passed_on"))
    keys: set[str] = set()
    providers: dict[str, str] = {}
    for table in top.tables("providers", "key"):
        key = table.text("key")
        if key in keys:
            raise table.fault("is listed twice")
        keys.add(key)
        for name in table.texts("also"):
            if providers.setdefault(name, key) != key:
                raise table.fault(f"{name!r} is {providers[name]!r} already")
        table.close()
    top.close()
    for name in sorted(keys & providers.keys()):
        raise top.fault(f"{name!r} is both a key and another name of {providers[name]!r}")
    return PriceLists(preference, providers, passed_on)
