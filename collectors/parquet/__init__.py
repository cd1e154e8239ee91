"""Parquet, in which boards and histories are published: read with care, whole or in parts over the network.

table     one opened file: its columns, row groups and rows as plain values, under caps
decoder   the child process that decodes, decoding what it does, wire what is said between the two
remote    a file at an address, read in ranges
walk      the wanted rows of a file in portions that can be gone on from
"""

from collectors.parquet.remote import RemoteFile
from collectors.parquet.table import Caps, Row, Table, read_day
from collectors.parquet.walk import Place, Portion, walk

__all__ = ["Caps", "Place", "Portion", "RemoteFile", "Row", "Table", "read_day", "walk"]
