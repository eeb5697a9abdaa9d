"""Databases as earlier releases left them: tables without a prefix, made by pydal with foreign keys, and messages without a seal.

Version 1 and 2 are of November 23, version 4 of November 25, 2026. Nothing here uses the product: its definitions have changed since.
"""
import contextlib
import sqlite3

import tutorial
from cast import ANN, BOB, CID
from pydal import DAL, Field

TABLES = ('conversation', 'participant', 'message', 'event', 'feed', 'preference')
MESSAGES = ((ANN, BOB, 'one'), (ANN, BOB, 'two'), (BOB, ANN, 'three'), (CID, ANN, 'four'), (ANN, BOB, 'five'))
WORDS = '''CREATE VIRTUAL TABLE IF NOT EXISTS message_words USING fts5(
    words, content='', detail=none, prefix='2 3', tokenize="ascii tokenchars '#'")'''
INDEXES = (
    ('conversation', 'direct_key', True), ('conversation', 'last_seq', False),
    ('participant', 'conversation user_id joined_number', True), ('participant', 'user_id', False),
    ('message', 'seq', True), ('event', 'seq', True), ('event', 'conversation seq', False),
    ('message', 'conversation number', True), ('message', 'sender ref', True), ('message', 'receiver seq', False),
    ('message', 'conversation seq', False))
OF_VERSION_4 = (('preference', 'user_id', True), ('message', 'sender seq', False))


def make(folder, uri='sqlite://messenger.sqlite', version=4, messages=MESSAGES, read=1):
    """Make one with the cast as members. `read` is how far Bob has read what Ann wrote; an event tells of it."""
    folder.mkdir(exist_ok=True)
    db = DAL(uri, folder=str(folder))
    tutorial.define_members(db)
    define(db, version)
    for member in tutorial.MEMBERS:
        db.auth_user.insert(first_name=member, last_name='Lee', email='%s@example.com' % member.lower(), registration_key='')
    for table, columns, unique in INDEXES + OF_VERSION_4 * (version == 4):
        columns = columns.split()
        db.executesql('CREATE %sINDEX %s ON %s (%s)' % (
            'UNIQUE ' * unique, '_'.join([table, *columns]), db[table]._rname, ', '.join(db[table][column]._rname for column in columns)))
    fill(db, version, messages, read)
    if version == 4 and uri.startswith('sqlite'):
        db.executesql(WORDS)
    db.commit()
    db.close()
    return folder


def define(db, version):
    """Define the tables, and make them, as pydal does."""
    later, feed = version > 2, version > 1
    db.define_table('conversation', Field('kind', default='direct', length=16), Field('direct_key', length=64), Field('title', length=255),
                    Field('last_number', 'integer', default=0), Field('first_number', 'integer', default=1),
                    Field('last_seq', 'bigint', default=0), Field('last_message', 'bigint'))
    numbers = ['read_number'] + ['receipt_number'] * later + ['delivered_number', 'sent_count', 'sent_at_read', 'joined_number']
    db.define_table('participant', Field('conversation', 'reference conversation', ondelete='NO ACTION'), Field('user_id', 'bigint'),
                    Field('role', default='member', length=16), *[Field(name, 'integer', default=0) for name in numbers],
                    Field('left_number', 'integer'), Field('marked_unread', 'boolean', default=False), Field('muted_until', 'datetime'),
                    Field('archived_at', 'datetime'))
    db.define_table('message', Field('sender', 'reference auth_user', ondelete='NO ACTION'),
                    Field('receiver', 'reference auth_user', ondelete='NO ACTION'), Field('content', 'text'),
                    Field('timestamp', 'datetime'),
                    Field('is_read', 'boolean', default=False), Field('conversation', 'reference conversation', ondelete='NO ACTION'),
                    Field('number', 'integer'), Field('seq', 'bigint'), Field('ref', length=64))
    db.define_table('event', Field('seq', 'bigint'), Field('kind', length=16), Field('conversation', 'bigint'), Field('user_id', 'bigint'),
                    Field('number', 'integer'), Field('detail', length=64), Field('created_at', 'datetime'))
    db.define_table('feed', Field('head', 'bigint', default=0), Field('floor', 'bigint', default=0), Field('epoch', length=32),
                    Field('version', 'integer'), *[Field('legacy_upto', 'bigint'), Field('legacy_timezone', length=64)] * feed)
    if later:
        db.define_table('preference', Field('user_id', 'bigint'), Field('gives_receipts', 'boolean', default=True),
                        Field('shows_presence', 'boolean', default=True), Field('session_generation', 'integer', default=0),
                        Field('last_seen', 'datetime'))


def fill(db, version, messages, read):
    """Write messages as they were sent, then one event."""
    conversations = {}
    for seq, (sender, receiver, content) in enumerate(messages, 1):
        key = '%d:%d' % tuple(sorted((sender, receiver)))
        if key not in conversations:
            conversations[key] = db.conversation.insert(direct_key=key)
            for user_id in sorted({sender, receiver}):
                db.participant.insert(conversation=conversations[key], user_id=user_id)
        conversation = db.conversation(conversations[key])
        id = db.message.insert(sender=sender, receiver=receiver, content=content, timestamp=tutorial.NOON, is_read=False,
                               conversation=conversation.id, number=conversation.last_number + 1, seq=seq, ref='r%d' % seq)
        conversation.update_record(last_number=conversation.last_number + 1, last_seq=seq, last_message=id)
        mine = (db.participant.conversation == conversation.id) & (db.participant.user_id == sender)
        db(mine).update(sent_count=db.participant.sent_count + 1)
    head = len(messages)
    if read:
        head += 1
        db((db.participant.user_id == BOB) & (db.participant.conversation == 1)).update(
            read_number=read, **{'receipt_number': read} if version > 2 else {})
        db.event.insert(seq=head, kind='read', conversation=1, user_id=BOB, number=read)
        db(db.conversation.id == 1).update(last_seq=head)
    if version > 2:
        db.preference.insert(user_id=CID, gives_receipts=False)
    db.feed.insert(id=1, head=head, floor=0, epoch='first', version=version, **{'legacy_upto': 0} if version > 1 else {})


def plain(folder, *statements, name='messenger.sqlite'):
    """Run statements of somebody who knows nothing of us, and return what the last one finds."""
    with contextlib.closing(sqlite3.connect(folder / name)) as connection, connection:
        for statement in statements:
            found = connection.execute(statement).fetchall()
    return found
