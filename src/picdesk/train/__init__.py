"""Own stories in, a better encoder out.

Everything here needs the ``train`` extra (torch); importing this room does not load it.
"""
