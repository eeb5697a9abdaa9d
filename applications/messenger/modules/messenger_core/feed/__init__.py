"""The feed: the one order of all that happens, and how it is read. Must not live here: what makes something happen."""
