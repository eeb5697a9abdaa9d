"""What the worst bodies that are let in, and those that are refused, cost over the GET of their page: processor time and memory.

    python bench/bodies.py WEB2PY_DIR [--rounds 5]

In this process, without a server. The hash of a password is left out: attempts are counted for themselves.
"""
