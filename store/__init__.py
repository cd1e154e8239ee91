"""What Lunchwatch knows: vocabulary, schema, writes, as-of reads, catalogue and bundled baseline.

Import the module you need (`store.records`, `store.database`, …); this file imports nothing, so that
the vocabulary stays free of the database library.
"""
