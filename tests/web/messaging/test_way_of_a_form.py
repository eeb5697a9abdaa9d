"""docs/way-of-a-message.md says which rooms a message that is posted by a form really goes through, and in which order."""
import walk


def test_a_form_goes_the_way_that_is_written_down(ann, bob):
    ann.send(bob.id, 'the first')
    form = ann.get('/messaging/send_message').forms[0]
    form['receiver'], form['content'] = str(bob.id), 'on its way'
    with walk.Walk() as walked:
        answer = form.submit()
    assert answer.status_int == 303 and ann.site.messages()[-1]['content'] == 'on its way'
    assert [walked.rooms] == walk.written('A form')


def test_the_ways_that_nobody_follows_name_rooms_that_are_there():
    for title in ('A row of appadmin', 'Polling'):
        named = {room for table in walk.written(title) for room in table}
        assert len(named) >= 4
        for room in named:
            assert any((folder / room).is_dir() for folder in (walk.MODULES, walk.APPLICATION)), room
