"""Who runs the servers that tests start: database servers refuse to run as root."""
import os
import pwd
import subprocess

from deploy import tied


def unprivileged(*names):
    """Return the entry of the first of these users that the machine knows; None for who isn't root, and runs a server as themselves."""
    if os.geteuid():
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in names if name in known)


def give(folder, user):
    """Give a folder to `user`, if there is one."""
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)


def launch(command, folder, user, ending, **streams):
    """Start a process in `folder` as `user`, tied to this one, whose end is `ending` to it."""
    other = dict(user=user.pw_uid, group=user.pw_gid, extra_groups=[]) if user else {}
    return subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, preexec_fn=tied.to_this_process(ending), **streams, **other)
