"""Sentences as pages show them, translated and escaped, kept for each language until its file changes."""
_kept = {}      # {file of a language: (what web2py has read from it, {sentence: as a page shows it})}


def shown(sentence):
    """Return for a page a sentence that web2py has made lazily, and into which nothing is put."""
    T = sentence.T
    words, known = _kept.get(T.language_file, (None, None))
    if words is not T.t:
        words, known = _kept[T.language_file] = T.t, {}
    found = known.get(sentence.m)
    if found is None:
        found = sentence.xml()
        found = known[sentence.m] = str(found, 'utf-8') if isinstance(found, bytes) else found
    return found
