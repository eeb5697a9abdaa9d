"""Ours and its peers in turn, driven by one load generator, and judged. Must not live here: what a peer does (peers/)."""
