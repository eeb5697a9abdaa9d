"""What happens at the door, after db.py: who asks is known, what that may cost is counted, and only then what is brought is looked at.

Where no sidecar runs somebody has to look after the rest, too: a request does, once in a while.
"""
from gluon import current
from messenger_web import device as devices
from messenger_web import headers
from messenger_web.accounts import leaving
from messenger_web.answers import or_later
from messenger_web.entrance import allowed, bodies, gate, guests
from messenger_web.json_answers import said_at_the_door

device = devices.known()
current.security_headers = headers.security_headers()
response.headers.update(current.security_headers)
response.postprocessing.append(headers.shown)
or_later(guests.hear)
with guests.settled(), said_at_the_door():      # that it exists: db.py
    member = current.member = gate.let_in()
    allowed.spend_request()
    gate.keep_out()
    if bodies.read():       # that may take its time, and the session end before it is whole
        member = current.member = gate.let_in(asks_again=True)
        gate.keep_out()
leaving.look_after()
