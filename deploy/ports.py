"""Is a port free, and does somebody answer there?"""

import socket
import urllib.error
import urllib.request

from console import Trouble

HOST = '127.0.0.1'


def check(option, port):
    error = why_not(port)
    if error:
        raise Trouble(f"port {port} can't be used ({error}): choose another with {option}")


def why_not(port):
    with socket.socket() as probe:
        # Without it a port that was in use a moment ago counts as taken; one that is listened on counts as taken with it too.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return error.strerror
    return None


def answers(url):
    """Whatever the answer is: an application that answers with an error is there, and tells more in its own words."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5):
            return True
    except urllib.error.HTTPError as answer:
        with answer:
            return True
    except OSError:
        return False
