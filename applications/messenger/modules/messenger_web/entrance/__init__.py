"""Who comes in: whence, who it is, what it may cost, and what of a body is read. Must not live here: what was asked for."""
