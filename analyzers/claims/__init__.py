"""Benchmark claims (methodology 8): when two scores are comparable (terms), and what comparing shows."""
