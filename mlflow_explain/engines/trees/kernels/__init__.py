"""Machine code of the tree engine: one file per concern, as numba caches by file."""
