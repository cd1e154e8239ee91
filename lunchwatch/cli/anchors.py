"""What fixes a fitted index, as options of the commands that fit one: a benchmark and two models."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class AnchorType(click.ParamType[str]):
    """The name of a benchmark; not empty."""

    name = "NAME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from analyzers.capability import Anchors

        if not str(value).strip():
            self.fail(f"names no benchmark; the default is {Anchors().benchmark}", param, ctx)
        return str(value).strip()


class ScaleType(click.ParamType[tuple[tuple[str, float], ...]]):
    """Two models and their index points: MODEL=VALUE,MODEL=VALUE."""

    name = "MODEL=VALUE,MODEL=VALUE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[tuple[str, float], ...]:
        if isinstance(value, tuple):
            return value
        pairs = []
        for part in str(value).split(","):
            model, _, number = part.rpartition("=")
            try:
                points = float(number)
            except ValueError:
                points = math.nan
            if not model.strip() or not math.isfinite(points):
                self.fail(f"{part!r} is not MODEL=VALUE", param, ctx)
            pairs.append((model.strip(), points))
        if len(pairs) != 2:
            self.fail("a scale needs two models", param, ctx)
        return tuple(pairs)


def anchor_options(command: F) -> F:
    """Add --anchor-benchmark and --scale to a command; each is None where nobody gave it."""
    command = click.option(
        "--scale",
        type=ScaleType(),
        help="Two models and their points; default: Claude 3.5 Sonnet (June 2024) = 130, GPT-5 (high) = 150.",
    )(command)
    return click.option(
        "--anchor-benchmark", type=AnchorType(), help="Slope 1, difficulty 0; default: Winogrande."
    )(command)
