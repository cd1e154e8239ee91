"""The Hugging Face Hub: a watch list, tracked organisations, what is trending and what is new."""

from collectors.hub.collector import HubCollector
from collectors.hub.options import HubOptions

__all__ = ["HubCollector", "HubOptions"]
