"""Everything that talks to the outside world: one module or small package per source.

Fetching (HTTP, limits, budget) is in one place, `collectors.fetching`; parsing is pure. A collector
holds no state, opens no database and reads no clock but its context's (`collectors.contract`).
"""
