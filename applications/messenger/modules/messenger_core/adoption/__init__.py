"""Rows of `message` that others wrote, now or long ago, become messages. Must not live here: what concerns a whole database."""
