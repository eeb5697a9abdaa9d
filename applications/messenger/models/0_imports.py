"""Before all else, because it holds for what is run after it: how models, controllers and views find the modules of this application."""
import contextlib
import sys

# Asked for by its whole name web2py would have to look for it everywhere first, at each request.
_modules = sys.modules.get('applications.%s.modules.messenger_web.kept.modules' % request.application)
if not hasattr(_modules, 'BUILTINS'):       # the first time, or it is just being imported by another request
    with contextlib.suppress(ImportError):      # of an earlier release, or not whole: db.py says so
        from messenger_web.kept import modules as _modules
if hasattr(_modules, 'BUILTINS'):
    __builtins__ = _modules.BUILTINS
