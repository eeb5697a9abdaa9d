"""A socket from the door to its last frame, on the event loop. Must not live here: the database, who else is here."""
