"""The tutorial's application beside ours in one web2py: the yardstick for pages. A table of five fields, Auth, a login, a select, a view.

As somebody makes it who follows the tutorial; nothing of ours in it.
"""
import contextlib
import sqlite3

NAME, DATABASE = 'tutorial', 'storage.sqlite'
RECEIVED = 20
FILES = {
    'controllers/default.py': """
def user():
    return dict(form=auth())
""",
    'controllers/messaging.py': """
@auth.requires_login()
def index():
    messages = db((db.message.receiver == auth.user_id) & (db.auth_user.id == db.message.sender)).select(
        db.message.ALL, db.auth_user.first_name, orderby=~db.message.timestamp, limitby=(0, %d))
    return dict(messages=messages)
""" % RECEIVED,
    'views/layout.html': """<!DOCTYPE html>
<html>
<head><meta charset="utf-8"><title>{{=response.title or request.application}}</title></head>
<body>
{{if response.flash:}}<div class="flash">{{=response.flash}}</div>{{pass}}
{{include}}
</body>
</html>
""",
    'views/default/user.html': """{{extend 'layout.html'}}
<h1>{{=T('Log in')}}</h1>
{{=form}}
""",
    'views/messaging/index.html': """{{extend 'layout.html'}}
<h1>{{=T('Inbox')}}</h1>
<ul>
{{for row in messages:}}
<li><b>{{=row.auth_user.first_name}}</b> {{=row.message.timestamp}}: {{=row.message.content}}</li>
{{pass}}
</ul>
""",
}


def lay_out(root):
    """Write it into the folder of a web2py that doesn't run yet."""
    from tutorial import MODEL
    application = root / 'applications' / NAME
    for path, text in {'models/db.py': MODEL, **FILES}.items():
        (application / path).parent.mkdir(parents=True, exist_ok=True)
        (application / path).write_text(text)


def fill(root, email, hashed):
    """Give it a member, with the hash of a password, and what they have received. Its tables are there since its first page."""
    with contextlib.closing(sqlite3.connect(root / 'applications' / NAME / 'databases' / DATABASE, timeout=20)) as database:
        database.executemany(
            "INSERT INTO auth_user (first_name, last_name, email, password, registration_key) VALUES (?, 'Lee', ?, ?, '')",
            [('Ann', email, hashed), ('Bob', 'bob@example.com', hashed)])
        database.executemany(
            "INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (2, 1, ?, '2026-01-02 03:04:05', 'F')",
            [('What one writes to another, and no more. %d' % number,) for number in range(2 * RECEIVED)])
        database.commit()
