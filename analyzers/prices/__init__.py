"""What a capability level costs, and from which volume on an own model is cheaper (methodology 6)."""
