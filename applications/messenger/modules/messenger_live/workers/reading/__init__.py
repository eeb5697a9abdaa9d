"""Threads that only read, and who is behind many cookies in few questions. Must not live here: what is written."""
