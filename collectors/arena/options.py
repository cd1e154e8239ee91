"""Where the boards are and which are read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from store.boards import BoardRef, list_boards
from store.errors import ConfigurationError

SOURCE = "arena"


@dataclass(frozen=True, slots=True)
class ArenaOptions:
    """`url`: the data set's address. `boards`: folders of it, each a board of its own."""

    url: str = "https://huggingface.co/datasets/lmarena-ai/leaderboard-dataset"
    boards: tuple[str, ...] = ("text",)

    def latest_url(self, board: str) -> str:
        return self._file(board, "latest")

    def history_url(self, board: str) -> str:
        return self._file(board, "full")

    def _file(self, board: str, split: str) -> str:
        return f"{self.url.rstrip('/')}/resolve/main/{board}/{split}-00000-of-00001.parquet"


def check_boards(boards: Iterable[str], metrics: Iterable[str]) -> None:
    """Raises ConfigurationError for a board that has no metrics, and names those that have."""
    offered = [board.name for board in list_boards(metrics) if board.source == SOURCE]
    for board in boards:
        if board not in offered:
            raise ConfigurationError(
                f"arena.boards: there is no board {board!r}", remedy=f"there are: {', '.join(offered)}"
            )


def board_ref(board: str) -> BoardRef:
    return BoardRef(SOURCE, board)
