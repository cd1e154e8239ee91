"""Download counts of the Hub on past days, from a public data set that was written down daily.

`harvardMadsys/hf-hub-characterization` (CC BY 4.0): `downloads.parquet`, about 175 million lines, of a
repository and a day each, since 2025-02-28. The Hub itself has no history of downloads.

columns    what the file's columns are called and count
reading    lines to observations; zeros and stale copies
names      the repositories' immutable ids, where the file knows them by these
collector  the tracked models' lines between two days
"""

from collectors.hub_history.collector import HubDownloadHistory
from collectors.hub_history.columns import HubHistoryOptions

__all__ = ["HubDownloadHistory", "HubHistoryOptions"]
