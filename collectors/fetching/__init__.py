"""Everything that fetches: one gate per process, one fetcher, limits and the address check.

gate       each account's budget and each host's health, shared by all clients
account    who a host counts for: the host and the credential that is sent
limits     the header styles in which hosts announce a budget
network    resolve, check and connect; watched reads
transport  the httpx2 transport on top of both, for our fetcher and the Hub's client
retry      how often and after what pause
fetcher    address in, answer or named error out
"""

from collectors.fetching.account import Standing, account_with, has_credential, host_in
from collectors.fetching.fetcher import Fetched, Fetcher, without_credentials
from collectors.fetching.gate import HostGate, host_of
from collectors.fetching.limits import Window
from collectors.fetching.network import is_public, resolve
from collectors.fetching.retry import RetryPolicy
from collectors.fetching.transport import Limits, build_transport

__all__ = [
    "Fetched",
    "Fetcher",
    "HostGate",
    "Limits",
    "RetryPolicy",
    "Standing",
    "Window",
    "account_with",
    "build_transport",
    "has_credential",
    "host_in",
    "host_of",
    "is_public",
    "resolve",
    "without_credentials",
]
