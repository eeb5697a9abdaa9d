"""Logging in and out, and what becomes of an account. Must not live here: pages, and who may go on (entrance/gate.py)."""
