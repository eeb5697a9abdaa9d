"""Finding messages by their words and members by their names; the index of each database. Must not live here: who writes."""
