"""Which name is which model: one definition, one reading of names, one resolver. Pure; no database.

**The same model.** Two names mean the same model when they mean the same weights as their maker released
them or, for a model that is only served, what the maker serves as one model under one id, at the same
snapshot. Hence

* *different models*: another size, version or snapshot (four-figure endings such as -0528 and -2507 are
  never cut off); base against instruct, chat or thinking where the maker names separate models;
  distillations, fine-tunes, merges and drafts; quantisations, by whomever; somebody else's copy of a
  repository; turbo, fast, mini, lite and preview variants; moving names (`-latest`), which stand for
  different models at different times;
* *spelling*: letter case, separators, a decimal point written as hyphen or `p`; where it is served (host,
  region and router prefixes, `:free`, `-maas`); the maker's name in front; effort and thinking *modes* of one
  served model (`_high`, `:thinking`, 16K budgets); file formats that keep the weights (`-hf`, `-bf16`); a
  full date where only one snapshot is known; and in Claude's names the order of version and tier.

**The steps**, strongest first; the first one that finds anything decides, and what finds two models
finds none (`ambiguous`):

1. `by_hand`          the latest link by hand that was not taken back; a pair that a user forbade is
                      forbidden to all other steps (`corrections.py`)
2. `hub_id`    1.00   the source itself names the Hub repository that is the model's
3. `normalised_name` 1.00, `alias` 1.00, `normalised_name` 1.00
                      the model's own key, a name of the catalogue, the name it is shown under
4. `normalised_name`  the same but for spelling (0.97), a mode besides (0.95), a snapshot as full date and as
   month and day or month and year (0.93), a full date besides (0.90)
5. the catalogue's key for what the world has no model of, then a stored link of another basis

Nothing below `THRESHOLD` is linked; it is at most suggested (`suggestion.py`).

    spelling.py     a name taken apart: maker, stem, snapshot, mode
    corrections.py  what people told, as a state
    resolver.py     names against the models a world knows
    suggestion.py   candidates for names that were not resolved, for people to judge
"""

from __future__ import annotations

from store.resolution.corrections import Corrections, correct
from store.resolution.resolver import (
    ALIAS,
    BY_HAND,
    HUB_ID,
    NORMALISED_NAME,
    THRESHOLD,
    KnownModel,
    Resolution,
    Resolver,
    StoredLink,
)
from store.resolution.spelling import PLAIN, Name, Vocabulary

__all__ = [
    "ALIAS",
    "BY_HAND",
    "HUB_ID",
    "NORMALISED_NAME",
    "PLAIN",
    "THRESHOLD",
    "Corrections",
    "KnownModel",
    "Name",
    "Resolution",
    "Resolver",
    "StoredLink",
    "Vocabulary",
    "correct",
]
