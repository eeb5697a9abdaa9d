"""Runs inside web2py (`web2py.py -S messenger -M -R`), with the application's models loaded: `db` is theirs.

Everything here may be done again at each start, and is: a new release may bring new tables.
"""

# ruff: noqa: F821
import os
import sys

# At the end of the path: nothing here may hide a module of web2py or of the application.
sys.path.append(os.environ['MESSENGER_DEPLOY'])

import admin_password
import demo_members
import passwords
from messenger_core import schema

for table in db.tables:
    # With lazy tables this is what makes them.
    db[table]
schema.prepare(db)
known = passwords.load()
if os.environ['MESSENGER_DEPLOY_DEMO'] == 'yes':
    demo_members.prepare(db, known)
db.commit()
admin_password.prepare(int(os.environ['MESSENGER_DEPLOY_PORT']), known['appadmin'])
print('messenger: tables are ready')
