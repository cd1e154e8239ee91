"""Arithmetic only: series, facts and `now` in; numbers with intervals and findings out.

    port            what is asked of the store
    momentum, quality, capability, claims, openness, prices, figures      the measures, one package each
    perspectives, findings                                                named rules that conclude from them
    weekly ──▶ analysis                                                   one issue's analysis, whole

No I/O, no SQL, no clock, no randomness without a seed. The specification is the method (docs/method.md);
every function's docstring names its formula's source, units and errors.
"""
