"""Who is told what: the hub and presence, on the event loop. Must not live here: threads, the bytes of a socket."""
