"""The pages' views, parsed and compiled once and kept until one of their files changes: web2py does it for each page.

What a view says, and with which names, is the same as web2py's; so are its tickets.
"""
import ast
import io
import os
import re
from html import escape
from typing import NamedTuple

from gluon import current
from gluon.languages import lazyT
from gluon.restricted import RestrictedError, restricted
from gluon.template import parse_template

from . import sentences

SPECIAL = re.compile('[&<>"\']')
_kept = {}      # {path of a view: View}


class View(NamedTuple):
    """`files` is {path: its stamp} of the view and all that it includes; `source` is Python for tickets, `code` the same compiled."""

    files: dict
    source: str
    code: object

    def is_current(self):
        return all(_stamp(path) == stamp for path, stamp in self.files.items())


def shown(name, names):
    """Return the text of a view, which may use these names."""
    response, view = current.response, of(name)
    if view is None:
        return response.render(name, names)
    before, response.body = response.body, io.StringIO()
    environment = response._view_environment
    environment.update(names)
    environment['_text'], environment['_value'] = response.body.write, _writer(response.body.write)
    try:
        restricted(view.code, environment, layer=_path(name), scode=view.source)
        return response.body.getvalue()
    finally:
        response.body = before


def of(name):
    """Return the View of that name, or None for what web2py has to show, or to say what is wrong with it."""
    path = isinstance(name, str) and _path(name)
    view = _kept.get(path)
    if path and (view is None or not view.is_current()):
        try:
            view = _kept[path] = _made(path)
        except (OSError, SyntaxError, NameError, RestrictedError):
            return None
    return view


def _made(path):
    folder, files = os.path.join(current.request.folder, 'views'), {}

    def read(name):
        place = os.path.join(folder, name)
        files[place] = _stamp(place)    # before it is read: what is written meanwhile is another one
        with open(place, encoding='utf-8') as file:
            return file.read()
    source = parse_template(os.path.relpath(path, folder), read)
    return View(files, source, compile(_Quick().visit(ast.parse(source, path)), path, 'exec'))


def _path(name):
    return os.path.join(current.request.folder, 'views', name)


def _stamp(path):
    try:
        found = os.stat(path)
        return found.st_mtime_ns, found.st_size, found.st_ino
    except OSError:
        return None


class _Quick(ast.NodeTransformer):
    """Has what web2py's templates consist of, response.write(…), written by less: texts that follow each other as one."""

    def generic_visit(self, node):
        super().generic_visit(node)
        for name in ('body', 'orelse', 'finalbody'):
            statements = getattr(node, name, None)
            if isinstance(statements, list):
                setattr(node, name, _joined(statements))
        return node

    def visit_Expr(self, node):
        call = node.value
        if not _is_write(call):
            return self.generic_visit(node)
        keywords = {one.arg: getattr(one.value, 'value', None) for one in call.keywords}
        if keywords == {'escape': False} and isinstance(call.args[0], ast.Constant):
            call.func, call.keywords = ast.copy_location(ast.Name('_text', ast.Load()), call.func), []
        elif not keywords:
            call.func = ast.copy_location(ast.Name('_value', ast.Load()), call.func)
        return self.generic_visit(node)


def _is_write(call):
    return (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == 'write'
            and isinstance(call.func.value, ast.Name) and call.func.value.id == 'response' and len(call.args) == 1)


def _joined(statements):
    joined = []
    for one in statements:
        if joined and _is_text(one) and _is_text(joined[-1]):
            joined[-1].value.args[0].value += one.value.args[0].value
        else:
            joined.append(one)
    return joined


def _is_text(statement):
    call = getattr(statement, 'value', None)
    return isinstance(statement, ast.Expr) and isinstance(call, ast.Call) and getattr(call.func, 'id', None) == '_text'


def _writer(write):
    def value(shown):
        """Write what a view shows, as web2py's response.write does."""
        kind = type(shown)
        if kind is str:
            write(escape(shown) if SPECIAL.search(shown) else shown)
        elif kind is int:
            write(str(shown))
        elif kind is lazyT and shown.s == {} and not shown.M:
            write(sentences.shown(shown))
        elif hasattr(shown, 'xml'):
            found = shown.xml()
            write(str(found, 'utf-8') if isinstance(found, bytes) else found)
        elif isinstance(shown, bytes):
            write(escape(str(shown, 'utf-8')))
        else:
            write(escape(str(shown)))
    return value
