"""A backup that is restored begins another epoch, whoever notices it first."""
import os
import shutil

import pytest
from cast import ANN, BOB
from messenger_core.feed import memory, pages, sequence
from messenger_core.messages import sending
from messenger_core.messages.sending import Draft


@pytest.fixture
def db(site):
    return site.db


def go_back(db, count=5):
    """Send ten messages, remember it, and take the last ones back, as a restored backup has it."""
    sending.send_all(db, [Draft(ANN, str(number), BOB) for number in range(10)])
    memory.remember(db)
    epoch = sequence.state(db).epoch
    db.executesql('DELETE FROM message WHERE seq > %d' % count)
    db.executesql('UPDATE messenger_feed SET head = %d' % count)
    db.executesql('UPDATE messenger_conversation SET last_number = %d' % count)
    db.commit()
    return epoch


def test_a_feed_that_is_older_than_it_was_begins_another_epoch_and_whoever_saw_more_a_reset(db):
    before = go_back(db)
    state = memory.resume(db)
    assert (state.head, state.epoch != before) == (5, True) and sequence.state(db) == state
    sending.send_all(db, [Draft(ANN, 'new', BOB) for _ in range(10)])
    assert pages.since_for(db, BOB, 10, before).reset, 'else what got the places 6 to 10 would be missed'
    assert not pages.since_for(db, BOB, 10, state.epoch).reset


def test_it_does_so_once_whoever_looks(db, site):
    go_back(db)
    other = site.connect()
    states = {memory.resume(one) for one in (db, other, db, other)}
    assert len(states) == 1
    other.close()


def test_as_long_as_it_only_grows_nothing_happens(db):
    sending.send(db, Draft(ANN, 'one', BOB))
    before = memory.resume(db)
    memory.remember(db)
    sending.send(db, Draft(ANN, 'two', BOB))
    assert memory.resume(db).epoch == before.epoch


def test_nor_where_others_send_while_it_is_looked_at(db, site, monkeypatch):
    sending.send(db, Draft(ANN, 'one', BOB))
    memory.remember(db)
    other, look = site.connect(), sequence.state
    before = look(db)
    db.commit()

    def looks(asked):
        found = look(asked)
        if asked is db:
            sending.send(other, Draft(BOB, 'just now', ANN))
            memory.remember(other)
        return found
    monkeypatch.setattr(sequence, 'state', looks)
    assert memory.resume(db).epoch == before.epoch
    monkeypatch.undo()
    assert look(other).epoch == before.epoch
    other.close()


def test_what_was_remembered_of_another_epoch_or_cannot_be_read_counts_nothing(db):
    epoch = go_back(db)
    path = memory._path(db)
    for text in ('another 999\n', 'x', '', '\xff', '%s many 1 2' % epoch, '%s 10' % epoch, '%s 10 1' % epoch):
        with open(path, 'w', encoding='latin-1') as file:
            file.write(text)
        assert memory.resume(db).epoch == epoch


def test_a_file_that_is_copied_back_is_noticed(site_on_sqlite, tmp_path):
    file = tmp_path / 'databases' / 'messenger.sqlite'
    sending.send(site_on_sqlite.db, Draft(ANN, 'one', BOB))
    site_on_sqlite.db.executesql('PRAGMA wal_checkpoint(TRUNCATE)')
    shutil.copy(file, tmp_path / 'backup')
    sending.send(site_on_sqlite.db, Draft(ANN, 'two', BOB))
    memory.remember(site_on_sqlite.db)
    before = sequence.state(site_on_sqlite.db)
    for path in file.parent.glob('messenger.sqlite*'):
        path.unlink()
    shutil.copy(tmp_path / 'backup', file)
    db = site_on_sqlite.connect()
    assert memory.resume(db).epoch != before.epoch
    db.close()


def test_a_whole_folder_that_is_copied_back_or_elsewhere_is_noticed_too(db, site, tmp_path):
    sending.send(db, Draft(ANN, 'one', BOB))
    memory.remember(db)
    before = sequence.state(db).epoch
    shutil.copy(memory._path(db), tmp_path / 'kept')
    sending.send(db, Draft(ANN, 'two', BOB))
    memory.remember(db)
    os.unlink(memory._path(db))
    shutil.copy(tmp_path / 'kept', memory._path(db))
    epochs = [memory.resume(db).epoch for _ in range(3)]
    assert epochs[0] != before and len(set(epochs)) == 1
