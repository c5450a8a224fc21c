"""The neighbour index: quick candidates beside a large local archive, always rebuildable, never the truth.

``ARCHIVE/neighbours/`` holds, for each vector column that has an index, a pointer (``COLUMN.json``) and a folder of
files. FAISS names candidates, and these are compared exactly with the float16 vectors of the archive, of which the
folder has a copy: LanceDB takes 9 ms to read 1,000 scattered vectors, the copy 0.3 ms.
"""
