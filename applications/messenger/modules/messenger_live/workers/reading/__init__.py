"""What the readers do at once: who is behind many cookies, in few questions. Must not live here: threads, and queues of their own."""
