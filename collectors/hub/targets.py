"""How the watch list and the organisations are divided into targets, to ask as little as possible.

One listing of an owner costs one request for up to 1,000 repositories; a single model costs one each. So
watched models of an owner that is tracked, or of whom several are watched, are read from the owner's
listing, and what the listing does not show is asked for singly. Everything else is asked for singly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from collectors.contract import Target
from collectors.fetching import host_of
from collectors.hub.options import HubOptions

CLAIMS = "claims"
DERIVATIVES = "derivatives"
"""Kinds of targets: what their keys begin with."""

DAILY = timedelta(hours=20)
WEEKLY = timedelta(days=6, hours=20)
"""A little less than they say, so that a round that begins some minutes early does not skip a turn."""

LISTED_FROM = 2
"""Watched models of one owner from which on the owner's listing is cheaper."""


def list_targets(options: HubOptions) -> Sequence[Target]:
    """The targets in order: the watch list, the owners, trending, new, tasks, results, derivatives."""
    host = host_of(options.origin)
    watched: dict[str, list[str]] = defaultdict(list)
    for model in dict.fromkeys(options.models):
        watched[model.partition("/")[0] if "/" in model else ""].append(model)
    tracked = {name.lower(): name for name in options.organisations}
    owners = {**{name.lower(): name for name in watched if name}, **tracked}
    listed = {
        key: name
        for key, name in owners.items()
        if key in tracked
        or sum(len(models) for owner, models in watched.items() if owner.lower() == key) >= LISTED_FROM
    }
    targets: list[Target] = []
    singles = [model for owner, models in watched.items() if owner.lower() not in listed for model in models]
    if singles:
        label = f"{len(singles)} watched models"
        targets.append(Target("models", label, host, {"models": tuple(singles)}, requests=len(singles)))
    of_owner = {
        key: tuple(model for owner, found in watched.items() if owner.lower() == key for model in found)
        for key in listed
    }
    for key, name in listed.items():
        told = {"models": of_owner[key], "is_tracked": key in tracked}
        targets.append(Target(f"author:{name}", name, host, told))
    if options.trending:
        targets.append(Target("trending", "trending models", host))
    if options.new_releases:
        targets.append(Target("new", "new models", host))
    targets += [
        Target(f"task:{task}", f"most downloaded: {task}", host, every=DAILY)
        for task in dict.fromkeys(options.tasks)
    ]
    if options.claims:
        for key, name in listed.items():
            only = {"models": () if key in tracked else of_owner[key]}
            targets.append(Target(f"{CLAIMS}:{name}", f"results of {name}", host, only, every=WEEKLY))
    targets += [
        Target(f"{DERIVATIVES}:{name}", f"derivatives of {name}", host, requests=2, every=WEEKLY)
        for name in dict.fromkeys(options.derivatives_of)
    ]
    return targets
