"""Runs inside web2py (`web2py.py -S messenger -M -R`), with the application's models loaded: `db` is theirs.

Everything here may be done again at each start, and is: a new release may bring new tables. setup_env.sh says in the environment where
this folder is and what it wants besides; by hand there is nothing but the tables.
"""

# ruff: noqa: F821
import os
import sys

from messenger_core.upgrade import schema, takeover


def say(sentence):
    print('messenger: ' + sentence, flush=True)


def prepare_trial(folder):
    # At the end of the path: nothing here may hide a module of web2py or of the application.
    sys.path.append(folder)
    import admin_password
    import demo_members
    import passwords

    known = passwords.load()
    if os.environ['MESSENGER_DEPLOY_DEMO'] == 'yes' and demo_members.fit_in(db):
        demo_members.prepare(db, known)
        db.commit()
        say('demo members are ready')
    admin_password.prepare(int(os.environ['MESSENGER_DEPLOY_PORT']), known['appadmin'])


for table in db.tables:
    # With lazy tables this is what makes them.
    db[table]
schema.prepare(db, settings.db.legacy_timezone, bool(settings.auth.masterapp))
takeover.take_over(db, say)
if 'MESSENGER_DEPLOY' in os.environ:
    prepare_trial(os.environ['MESSENGER_DEPLOY'])
say('tables are ready')
