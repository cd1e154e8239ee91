"""Which columns of a table a terminal has room for, and how wide each of them is. Pure.

Names are not broken inside a word where that can be avoided: a column is no narrower than its longest word,
and text has room for a few words. When that is too much, columns are left out, first those that say the same
in every row; only when nothing is left to leave out are words broken.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

EDGES, BETWEEN = 2, 3
"""Characters a table takes beside its cells: at its edges, and between two columns."""

_LONGEST_WORD = 40
_FEW_WORDS = 24
_ADDRESS = 20
"""An address may be broken anywhere, or cut."""


def fit(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    room: int,
    *,
    narrow: Sequence[str] = (),
    cut: Collection[str] = (),
) -> dict[int, int]:
    """The width of each column that stays, by its number. `narrow`: what may be left out, first things first;
    `cut`: columns whose cells may lose their ends."""
    from rich.cells import cell_len

    lines = [[line for row in rows for line in row[i].splitlines()] for i in range(len(columns))]
    natural = [max(map(cell_len, (name, *lines[i]))) for i, name in enumerate(columns)]
    floors = []
    for i, name in enumerate(columns):
        words = [_least(word) for line in lines[i] for word in line.split()]
        least = _ADDRESS if name in cut else max(_FEW_WORDS, min(max(words, default=0), _LONGEST_WORD))
        floors.append(max(cell_len(name), min(natural[i], least)))
    kept = list(range(len(columns)))
    is_constant = {name: len({row[i] for row in rows}) <= 1 for i, name in enumerate(columns)}
    for name in sorted(narrow, key=lambda name: not is_constant.get(name, False)):
        if _taken(floors, kept) <= room:
            break
        kept = [i for i in kept if columns[i] != name]
    widths = {i: min(natural[i], room) for i in kept}
    while (excess := EDGES + BETWEEN * (len(kept) - 1) + sum(widths.values()) - room) > 0:
        shrinking = [i for i in kept if widths[i] > floors[i]] or [i for i in kept if widths[i] > 1]
        if not shrinking:
            break
        widest = max(shrinking, key=lambda i: widths[i])
        others = [widths[i] for i in shrinking if i != widest]
        least = floors[widest] if widths[widest] > floors[widest] else 1
        widths[widest] -= min(excess, widths[widest] - least, max(widths[widest] - max(others, default=0), 1))
    return widths


def _taken(floors: Sequence[int], kept: Sequence[int]) -> int:
    return EDGES + BETWEEN * (len(kept) - 1) + sum(floors[i] for i in kept)


def _least(word: str) -> int:
    from rich.cells import cell_len

    return min(cell_len(word), _ADDRESS) if "://" in word else cell_len(word)
