"""How things look, in plain values: links, emoji, colours, forms of sentences. Must not live here: the database, pages."""
