"""A database of whatever age becomes one of this release. Must not live here: what happens while it is served."""
