"""docs/way-of-a-message.md says which rooms a message over a socket really goes through, and in which order."""
import json
from pathlib import Path

import walk

ANN, BOB = 1, 2


def test_a_socket_goes_the_way_that_is_written_down(idle, tmp_path):
    armed, walks = tmp_path / 'armed', tmp_path / 'walks'
    idle.program = Path(__file__).with_name('recording_sidecar.py')
    idle.environment.update(ARMED=str(armed), WALKS=str(walks))
    # Nothing but what is sent is to wake anybody, and the clock, which walks through rooms of its own, is to stand still.
    sidecar = idle.start(**dict.fromkeys(('poll_seconds', 'timer_seconds', 'tick_seconds', 'close_seconds', 'pause_seconds'), 9000))
    ann, bob = sidecar.open(ANN), sidecar.open(BOB)
    ann.ask(type='send', receiver=BOB, content='the first', ref='one')
    ann.until('message'), bob.until('message')
    sidecar.wait_for(lambda: sidecar.health()['settled'])
    armed.touch()
    ann.ask(type='send', receiver=BOB, content='on its way', ref='two')
    assert [frame['type'] for frame in ann.until('message')] == ['ack', 'message'] and bob.until('message')[-1]['content'] == 'on its way'
    assert ann.is_silent() and bob.is_silent()      # whatever comes after what they were told has been walked through, too
    assert json.loads(walks.read_text()) == walk.written('A socket')
    sidecar.kill()      # it has no clock
