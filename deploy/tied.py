"""A process that doesn't outlive the one that started it, however that one ends. (Linux only; elsewhere an outright kill leaves it.)"""

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1
# Looked up here: in the child, between fork and exec, as little as possible may happen.
PRCTL = getattr(ctypes.CDLL(None), 'prctl', None)


def to_this_process(ending=signal.SIGKILL):
    """For Popen's preexec_fn; `ending` is the signal that it gets when this process is gone."""
    parent = os.getpid()

    def tie():
        if PRCTL:
            PRCTL(PR_SET_PDEATHSIG, ending)
        # It may have ended before that call.
        if os.getppid() != parent:
            os._exit(1)

    return tie
