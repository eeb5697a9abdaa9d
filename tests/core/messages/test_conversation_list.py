"""The list of conversations: newest first, exact, and as cheap with many messages as with few."""
from cast import ANN, BOB, CID, DAN
from messenger_core.members import directory
from messenger_core.messages import conversation_list, reading, sending
from messenger_core.messages.sending import Draft


def write(db, sender, receiver, content='x'):
    return sending.send(db, Draft(sender, content, receiver)).message


def listed(db, user_id, **page):
    return conversation_list.list_for(db, user_id, **page)


def test_each_conversation_stands_once_with_its_last_message_newest_first(db):
    write(db, ANN, BOB, 'first')
    write(db, CID, ANN, 'second')
    write(db, BOB, ANN, 'third')
    rows = listed(db, ANN).conversations
    assert [(row.name, row.last.content) for row in rows] == [('Bob Lee', 'third'), ('Cid Lee', 'second')]
    assert [(row.name, row.last.content) for row in listed(db, CID).conversations] == [('Ann Lee', 'second')]
    assert listed(db, DAN).conversations == []


def test_unread_is_what_the_others_wrote_since_one_last_read(db):
    conversation = [write(db, BOB, ANN), write(db, BOB, ANN), write(db, ANN, BOB)][0].conversation
    assert (listed(db, ANN).conversations[0].unread, listed(db, BOB).conversations[0].unread) == (2, 1)
    reading.mark_read(db, ANN, conversation, 3)
    row, = listed(db, ANN).conversations
    assert (row.unread, row.read_number) == (0, 3)
    assert listed(db, BOB).conversations[0].their_read_number == 3


def test_reading_does_not_change_the_order(db):
    first = write(db, BOB, ANN)
    write(db, CID, ANN)
    reading.mark_read(db, ANN, first.conversation, 1)
    assert [row.name for row in listed(db, ANN).conversations] == ['Cid Lee', 'Bob Lee']


def test_notes_to_oneself_are_a_conversation_with_oneself(db):
    write(db, ANN, ANN, 'note')
    row, = listed(db, ANN).conversations
    assert (row.user_id, row.name, row.unread, row.last.content) == (ANN, 'Ann Lee', 0, 'note')


def test_a_former_member_keeps_their_place_without_a_name(db):
    write(db, BOB, ANN)
    db(db.auth_user.id == BOB).update(registration_key='deleted')
    row, = listed(db, ANN).conversations
    assert (row.user_id, row.name, row.last.sender) == (BOB, '', '')


def test_pages_join_without_gap_or_double(db):
    for number in range(7):
        id = db.auth_user.insert(first_name=str(number), registration_key='')
        write(db, id, ANN)
    names, before, more = [], None, True
    while more:
        page = listed(db, ANN, before=before, limit=3)
        names += [row.name for row in page.conversations]
        before, more = page.conversations[-1].last.seq, page.more
    assert names == [str(number) for number in reversed(range(7))]


def test_the_list_takes_the_same_statements_however_much_there_is(db, statements):
    write(db, BOB, ANN)
    before = len(statements(lambda: listed(db, ANN)))
    for number in range(20):
        write(db, db.auth_user.insert(first_name=str(number), registration_key=''), ANN)
    sending.send_all(db, [Draft(BOB, 'x', ANN) for _ in range(200)])
    assert len(statements(lambda: listed(db, ANN))) == before


def test_the_list_says_from_where_to_sync(db):
    seq = write(db, BOB, ANN).seq
    assert listed(db, ANN).seq == seq


def test_places_that_somebody_has_typed_make_no_page_the_last_one(db):
    for receiver in (BOB, CID, DAN):
        write(db, ANN, receiver)
    of_others = [write(db, *pair).conversation for pair in ((BOB, CID), (BOB, DAN), (CID, DAN))]
    for seq, conversation in enumerate([*of_others, 77], start=10):
        db.participant.insert(conversation=conversation, user_id=ANN, last_seq=seq)
    db.commit()
    pages = [listed(db, ANN, limit=2)]
    pages.append(listed(db, ANN, limit=2, before=pages[0].conversations[-1].last.seq))
    assert [[row.name for row in page.conversations] for page in pages] == [['Dan Lee', 'Cid Lee'], ['Bob Lee']]
    assert [page.more for page in pages] == [True, False]
    assert directory.partners(db, ANN, 3) == [DAN, CID, BOB]
