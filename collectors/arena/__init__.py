"""LMArena's leaderboards, as the data set `lmarena-ai/leaderboard-dataset` on the Hub publishes them.

A folder per board; in it `latest-…` with the publication in force and `full-…` with all of them.

options    where it is, which boards, the files' addresses
parsing    rows to records, pure
collector  the publication in force
history    every publication between two days
"""

from collectors.arena.collector import ArenaCollector
from collectors.arena.history import ArenaHistory
from collectors.arena.options import ArenaOptions, check_boards

__all__ = ["ArenaCollector", "ArenaHistory", "ArenaOptions", "check_boards"]
