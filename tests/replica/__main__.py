"""The replica by itself: `python -m tests.replica --port 8123`.

Prints the settings that point Lunchwatch at it and serves until it is interrupted or terminated.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType

from tests.replica.arena import DATA_SET, ArenaSite
from tests.replica.epoch import EpochSite
from tests.replica.feeds import FeedSite
from tests.replica.genai_prices import PATH as GENAI_PRICES
from tests.replica.genai_prices import GenaiPricesSite
from tests.replica.github import GitHubSite
from tests.replica.hub import HubSite
from tests.replica.hub_history import FILE as HUB_HISTORY
from tests.replica.hub_history import HubHistorySite
from tests.replica.litellm import PATH as LITELLM
from tests.replica.litellm import LiteLLMSite
from tests.replica.models_dev import ModelsDevSite
from tests.replica.openrouter import OpenRouterSite
from tests.replica.policies import PolicySite, list_pages
from tests.replica.pypistats import PACKAGES, PypistatsSite
from tests.replica.server import Replica, Site


def list_settings(url: str) -> dict[str, str]:
    """The environment that points Lunchwatch at the replica at `url`."""
    feeds = [
        {"name": "Aurora Labs", "url": f"{url}/feeds/aurora.xml", "lab": "aurora"},
        {"name": "Meridian", "url": f"{url}/feeds/meridian.atom", "lab": "meridian"},
        {"name": "Open Gazette", "url": f"{url}/feeds/gazette.json"},
        {"name": "Harbour Letter", "url": f"{url}/feeds/letter.xml"},
    ]
    return {
        "LUNCHWATCH_HUB__ENDPOINT": url,
        "LUNCHWATCH_HUB__TASKS": '["text-generation"]',
        "LUNCHWATCH_GITHUB__API_URL": f"{url}/api/v3",
        "LUNCHWATCH_MODELS_DEV__URL": f"{url}/models.dev",
        "LUNCHWATCH_OPENROUTER__URL": f"{url}/openrouter",
        "LUNCHWATCH_LITELLM__URL": f"{url}{LITELLM}",
        "LUNCHWATCH_GENAI_PRICES__URL": f"{url}{GENAI_PRICES}",
        "LUNCHWATCH_ARENA__URL": f"{url}{DATA_SET}",
        "LUNCHWATCH_EPOCH__URL": f"{url}/epoch",
        "LUNCHWATCH_HUB_HISTORY__URL": f"{url}{HUB_HISTORY}",
        "LUNCHWATCH_PYPISTATS__URL": f"{url}/pypistats",
        "LUNCHWATCH_PYPISTATS__USE_CATALOGUE": "false",
        "LUNCHWATCH_PYPISTATS__PACKAGES": json.dumps(PACKAGES),
        "LUNCHWATCH_POLICIES__USE_CATALOGUE": "false",
        "LUNCHWATCH_POLICIES__EXTRA": json.dumps(list_pages(url)),
        "LUNCHWATCH_FEEDS__USE_CATALOGUE": "false",
        "LUNCHWATCH_FEEDS__EXTRA": json.dumps(feeds),
        "LUNCHWATCH_NETWORK__ALLOW_PRIVATE_ADDRESSES": "true",
    }


def make_replica(port: int = 0) -> Replica:
    """A replica of all sources. The Hub comes last: its paths begin at the root."""
    sites: list[Site] = [
        FeedSite(),
        ModelsDevSite(),
        OpenRouterSite(),
        LiteLLMSite(),
        GenaiPricesSite(),
        PypistatsSite(),
        PolicySite(),
        ArenaSite(),
        EpochSite(),
        HubHistorySite(),
        GitHubSite(),
        HubSite(),
    ]
    return Replica(sites, port=port)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.replica", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: a free one (default)")
    port = parser.parse_args().port
    asked_to_end = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        asked_to_end.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with make_replica(port) as replica:
        for name, value in list_settings(replica.url).items():
            sys.stdout.write(f"export {name}='{value}'\n")
        sys.stdout.flush()
        refill_until(asked_to_end, replica.sites)
    return 0


def refill_until(asked_to_end: threading.Event, sites: Sequence[Site], seconds: float | None = None) -> None:
    """Give the sites that count requests a fresh window whenever theirs is over by the real clock, until
    asked to end. `seconds`: how long a window lasts, instead of what the real site's do."""
    limited = [site for site in sites if isinstance(site, GitHubSite | HubSite)]
    while True:
        for site in limited:
            if site.window_ends_at is None or time.time() >= site.window_ends_at:
                site.refill(time.time() + (seconds or site.window_seconds))
        if asked_to_end.wait(min(1.0, seconds or 1.0)):
            return


if __name__ == "__main__":
    sys.exit(main())
