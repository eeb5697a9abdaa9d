"""A process that doesn't outlive the one that started it, however that one ends. (Linux only; elsewhere an outright kill leaves it.)"""

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1
# Looked up here: in the child, between fork and exec, as little as possible may happen.
PRCTL = getattr(ctypes.CDLL(None), 'prctl', None)


def to_this_process():
    """For Popen's preexec_fn."""
    parent = os.getpid()

    def tie():
        if PRCTL:
            PRCTL(PR_SET_PDEATHSIG, signal.SIGKILL)
        # It may have ended before that call.
        if os.getppid() != parent:
            os._exit(1)

    return tie
