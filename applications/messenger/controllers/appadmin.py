"""web2py's appadmin for the tables of this application, behind web2py's own administrator check.

The code is that of the install this runs in, so that it fits it and gets its fixes; only the view is ours, and how tables go out as CSV and
come in again.
"""
import csv as comma_separated
import io
import os
import re

from gluon.fileutils import read_file
from gluon.validators import IS_EMPTY_OR
from messenger_web.accounts import ending, hints
from messenger_web.asked import last_of, whole
from messenger_web.shown import counted

if not response.is_administrator:   # as the door has it
    redirect(URL('default', 'administrator'))

# What the feed gives a message, and takes from nobody.
PLACE = ('conversation', 'number', 'seq', 'seal')
# What a spreadsheet takes for a formula; and the mark that it takes for "this is text".
FORMULA, TEXT_MARK = re.compile("[=+@\\t\\r'-]"), "'"
NUMBER = re.compile('-?[0-9]+([.][0-9]+)?')


# web2py serves the functions that it finds in this file; the install's own take their places below.
def index(): raise HTTP(404)
def insert(): raise HTTP(404)
def select(): raise HTTP(404)
def update(): raise HTTP(404)
def download(): raise HTTP(404)
def csv(): raise HTTP(404)
def state(): raise HTTP(404)
def ccache(): raise HTTP(404)
def hooks(): raise HTTP(404)


for _application in ('welcome', 'admin', 'examples'):
    _path = os.path.join(os.path.dirname(request.folder.rstrip(os.sep)), _application, 'controllers', 'appadmin.py')
    if os.path.isfile(_path):
        exec(compile(read_file(_path), _path, 'exec'), globals())
        break
else:
    raise HTTP(404, 'This web2py has no appadmin.')

# What appadmin's own pages never send makes it fail: a field that comes twice, one that is no text, a page that is no number.
_lists = {_field.name for _table in db for _field in _table if _field.type.startswith('list:')}
for _vars in (request.get_vars, request.post_vars, request.vars):
    _vars.update({_name: last_of(_vars[_name]) for _name in _vars if _name not in _lists})
if request.vars.start:
    request.vars.start = str(whole(request.vars.start) or '')

if settings.auth.username:  # then an address is nothing that a member needs, and of some a script has made none
    db.auth_user.email.requires = IS_EMPTY_OR(db.auth_user.email.requires)

_plain_csv = csv
response.menu = [(T('Tables'), request.function == 'index', URL('appadmin', 'index')), (T('To the site'), False, URL('default', 'index'))]


def csv():
    """The rows of a query, as a file that no spreadsheet takes for formulas."""
    text = _plain_csv()
    return text and _rewritten(text, _as_text)


def import_csv(table, file):
    """Take in such a file. web2py hands over bytes; of messages, those that are there are passed over, and all others get a new place."""
    text = _rewritten(io.TextIOWrapper(file, 'utf-8-sig', newline='').read(), _as_it_was)
    if table is db.message:
        text = _new_messages(text)
    table.import_from_csv_file(io.StringIO(text))


def _keep_place(rows, changes):
    """A form that was opened before the message got its place, and is saved after it, has none."""
    for name in (*PLACE, 'ref'):
        if name in changes and not changes[name]:
            del changes[name]


db.message._before_update.append(_keep_place)


def _settled(action):
    """Commit what an action has done before a page says so, and say whose sessions have ended by it."""
    def settled():
        try:
            result = action()
        except HTTP:
            ending.settle()
            session.flash = _with_ended(session.flash)
            raise
        if not result.get('tb'):    # else it says what failed
            ending.settle()
            response.flash = _with_ended(response.flash)
        hints.give(result.get('form'), 'appadmin')
        return result
    return settled


def _with_ended(flash):
    count = ending.how_many()
    return '%s %s' % (flash or '', counted('%(count)s members are logged out everywhere now.', count)) if count else flash


insert, select, update = map(_settled, (insert, select, update))


def _rewritten(text, cell):
    out = io.StringIO()
    comma_separated.writer(out).writerows([[cell(value) for value in row] for row in comma_separated.reader(io.StringIO(text))])
    return out.getvalue()


def _as_text(value):
    return TEXT_MARK + value if FORMULA.match(value) and not NUMBER.fullmatch(value) else value


def _as_it_was(value):
    return value[1:] if value.startswith(TEXT_MARK) and FORMULA.match(value[1:]) else value


def _new_messages(text):
    head, *rows = comma_separated.reader(io.StringIO(text))
    names, out = [name.rpartition('.')[2] for name in head], io.StringIO()
    records = [dict(zip(names, row)) for row in rows]
    kept = [name for name in names if name not in PLACE]
    writer = comma_separated.writer(out)
    writer.writerow(['message.' + name for name in kept])
    writer.writerows([[record[name] for name in kept] for record in records if not _is_there(record)])
    return out.getvalue()


def _is_there(record):
    message, ref = db.message, record.get('ref')
    queries = [message.seal == record['seal']] if len(record.get('seal', '')) > 8 else []
    if ref and ref != '<NULL>' and record.get('sender', '').isdigit():
        queries.append((message.sender == int(record['sender'])) & (message.ref == ref))
    return any(not db(query).isempty() for query in queries)
