"""What happens at the door, after db.py: what a request brings is looked at, how it is answered is settled, and who asks is let in.

Where no sidecar runs somebody has to look after the rest, too: a request does, once in a while.
"""
from gluon import current
from messenger_web import device as devices
from messenger_web import headers
from messenger_web.accounts import leaving
from messenger_web.answers import or_later
from messenger_web.entrance import bodies, gate, guests

device = devices.known()
bodies.check_body()
current.security_headers = headers.security_headers()
response.headers.update(current.security_headers)
response.postprocessing.append(headers.gzipped)
leaving.look_after()
or_later(guests.hear)
try:
    member = current.member = gate.let_in()
finally:
    guests.settle()
