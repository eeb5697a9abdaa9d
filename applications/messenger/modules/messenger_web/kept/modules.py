"""How models, controllers and views find the modules of their application: at once, where they have been imported before.

web2py looks everywhere that Python knows of first, for each import of each request, and then below applications/. Two copies of this
application in one process have modules of their own; each has this one, too.
"""
import builtins
import sys

from gluon import current

OURS = 'messenger_'
_PREFIX = __name__[:-len('messenger_web.kept.modules')]     # empty where Python finds them itself, as in tests


def _imported(name, globals=None, locals=None, fromlist=(), level=0):
    if not level and fromlist and name.startswith(OURS) and not current.request._custom_import_track_changes:
        module = sys.modules.get(_PREFIX + name)
        # One that another request is just importing is waited for, which Python does by itself.
        is_whole = module is not None and not getattr(module.__spec__, '_initializing', False)
        if is_whole and all(hasattr(module, one) for one in fromlist):
            return module
    return builtins.__import__(name, globals, locals, fromlist, level)


# What a model puts in the place of its __builtins__, from which Python takes the importer. The last thing here: who finds it finds all.
BUILTINS = dict(vars(builtins), __import__=_imported)
