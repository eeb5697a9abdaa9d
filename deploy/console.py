"""How the commands speak: a line for each step on stdout, one line and an exit status for what went wrong."""

import sys


class Trouble(Exception):
    """Something the person at the keyboard can do something about: its text is shown as it is, without a traceback."""


def say(text):
    # Flushed, because whoever pipes it into a file or a pager also wants to see how far it is.
    print(f'messenger: {text}', flush=True)


def say_more(text):
    print(f'           {text}', flush=True)


def run(command, arguments):
    """Run a command's main function; its status becomes the process's. (An OSError names the file and what is wrong with it.)"""
    try:
        return command(arguments) or 0
    except (Trouble, OSError) as trouble:
        print(f'setup_env.sh: {trouble}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('setup_env.sh: interrupted', file=sys.stderr)
        return 130
