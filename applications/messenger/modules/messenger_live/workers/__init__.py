"""Threads, for whatever may wait, and the bridge back from them. Must not live here: what belongs to one socket."""
