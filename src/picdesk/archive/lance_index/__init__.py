"""LanceDB's own vector index, for archives in an object store, where FAISS's files cannot lie beside the tables.

It is an inverted file whose vectors are kept as one bit a number (IVF_RQ; Gao & Long: RaBitQ, SIGMOD 2024), so that
many candidates are fetched and compared exactly (``refine_factor``). How many lists and how many candidates are needed
is measured on the archive, against the exact answer, and kept beside the tables. LanceDB itself compares photos that
are newer than the index one by one, and never shows removed ones.
"""
