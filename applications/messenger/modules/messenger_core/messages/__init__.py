"""Messages and conversations: sending, reading, lists. Must not live here: rows that others wrote, which are adoption's."""
