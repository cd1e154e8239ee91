"""How counters move (methodology 2 and 3): what may be asked of them, trends, surprise, adoption.

semantics                          what each kind of counter allows
alignment, ragged ──▶ panel        many irregular series on common weeks, and their measures as matrices
trend, rates, measures             slopes, tests, growth with intervals; one series is the case of one row
source_events, flags, moves        what is no news about one subject, what to distrust, what moved
trajectory, adoption, baskets, concentration
"""
