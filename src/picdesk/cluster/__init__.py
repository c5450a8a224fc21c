"""Many machines: photos are read and encoded, and compared, by a Ray cluster; one process decides and commits."""
