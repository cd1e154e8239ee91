"""Policies over time: versions, returns and alternations; differences of two texts; rules by the day."""
