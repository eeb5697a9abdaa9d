"""The texts of statements, made once of pydal's tables and kept for the life of a process.

Must not live here: what is asked, and how values get into it.
"""
_LOOKS, _OF_CONNECTION = '_messenger_looks', '_messenger_texts'

_texts = {}     # {what the tables look like: {name: text}}


def text(db, name, build):
    """Return the text that `build()` makes the first time; `name` tells it from others."""
    try:
        return getattr(db._adapter, _OF_CONNECTION)[name]
    except (AttributeError, KeyError):
        # Kept beyond the connection: each request to web2py has one of its own.
        texts = _texts.setdefault(looks(db), {})
        setattr(db._adapter, _OF_CONNECTION, texts)
        if name not in texts:
            texts[name] = build()
        return texts[name]


def is_kept(db, name):
    """Whether there is one: then no table has to be defined for it."""
    return name in _texts.get(looks(db), ())


def looks(db):
    """Return what the texts depend on."""
    return vars(db._adapter).get(_LOOKS) or (db._adapter.dbengine, db.message._rname, *db.auth_user.fields)


def know_looks(db, looks):
    """Have that known where the tables are not defined yet."""
    setattr(db._adapter, _LOOKS, looks)
