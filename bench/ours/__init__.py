"""The product alone: a site for a round, and programs that measure or judge what has no peer.

Must not live here: what is held against others.
"""
