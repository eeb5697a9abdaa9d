"""How long it takes from the start of the sidecar to the first welcome, with many messages in the database.

    python -m ours.start [MESSAGES CONVERSATIONS]    # in the folder bench; prints JSON
"""
import json
import shutil
import socket
import sys
import tempfile
import time

from crowds.clients import HANDSHAKE, LISTEN

from . import full

MANY, TRY_SECONDS, LONGEST = (1_000_000, 10_000), 0.005, 120


def main(arguments):
    folder = tempfile.mkdtemp(prefix='bench-')
    target = full.site(folder, *(tuple(map(int, arguments)) or MANY))
    try:
        request = (HANDSHAKE % (LISTEN, 'Cookie: %s\r\n' % target.cookie(full.ANN))).encode()
        target.sidecar.wait_for = lambda condition: welcomed(target.port, request)
        began = time.monotonic()
        target.start()
        return {'seconds': time.monotonic() - began}
    finally:
        del target.sidecar.wait_for
        target.close()
        shutil.rmtree(folder, ignore_errors=True)


def welcomed(port, request):
    """Return once a member has come in."""
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        try:
            with socket.create_connection(('127.0.0.1', port), LONGEST) as peer:
                peer.sendall(request)
                received = b''
                while b'"welcome"' not in received:
                    data = peer.recv(65_536)
                    if not data:
                        break
                    received += data
                else:
                    return
        except OSError:
            pass
        time.sleep(TRY_SECONDS)
    raise SystemExit('nobody was welcomed')


if __name__ == '__main__':
    print(json.dumps(main(sys.argv[1:])))
