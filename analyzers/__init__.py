"""Arithmetic only: series, facts and `now` in; numbers with intervals and findings out.

No I/O, no SQL, no clock, no randomness without a seed. The specification is the method (docs/method.md);
every function's docstring names its formula's source, units and errors.
"""
