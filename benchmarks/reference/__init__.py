"""A small month of household migration, the same in NumPy columns, in compiled blocks and in C, to compare engines.

It is simple enough to write again in any framework; figures recorded for others stand beside those measured here.
"""
