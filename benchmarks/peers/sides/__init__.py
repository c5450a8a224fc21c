"""The peers as their users run them: one file each, run inside that peer's own environment.

A new one is a file here, with a class ``Side`` as ``benchmarks.peers.side`` describes it, and an entry in
``peers.toml``.
"""
