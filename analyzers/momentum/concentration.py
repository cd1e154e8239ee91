"""How unevenly something is spread: Herfindahl–Hirschman index, effective number, Gini (methodology 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analyzers.absence import Absent
from store.errors import Refused


@dataclass(frozen=True, slots=True)
class Concentration:
    """`hhi` from 10⁴/n (even) to 10⁴ (one has all); `effective_number` of equal holders that would give
    the same index, from 1 to n; `gini` from 0 (even) to (n−1)/n; `top_share` of the largest holder."""

    hhi: float
    effective_number: float
    gini: float
    top_share: float
    n: int


def find_concentration(amounts: Sequence[float]) -> Concentration | Absent:
    """Concentration of amounts in any one unit: shares are taken of their sum.

    HHI = 10⁴·Σs² (Herfindahl 1950, Hirschman 1945; the scale of the US merger guidelines), effective
    number = 1/Σs² (Laakso & Taagepera 1979), Gini = Σ(2i−n−1)x₍ᵢ₎/(nΣx) with x ascending. Holders of
    zero count in n. Absent without holders or when all hold nothing; raises Refused for a negative amount.
    """
    held = np.sort(np.asarray(amounts, dtype=float))
    if not len(held):
        return Absent("nobody holds anything")
    if not np.isfinite(held).all() or held[0] < 0:
        raise Refused("a share of a negative or unknown amount means nothing")
    whole = float(held.sum())
    if whole == 0:
        return Absent(f"all {len(held)} hold nothing")
    shares = held / whole
    squares = float((shares**2).sum())
    n = len(held)
    rank = np.arange(1, n + 1)
    gini = float(((2 * rank - n - 1) * shares).sum()) / n
    return Concentration(1e4 * squares, 1 / squares, max(gini, 0.0), float(shares[-1]), n)
