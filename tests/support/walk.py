"""Which rooms of the house something walks through, noted by a profile hook, and which docs/way-of-a-message.md says."""
import re
import sys
from functools import cache
from pathlib import Path

from places import APPLICATION, ROOT

MODULES = APPLICATION / 'modules'


@cache
def room_of(filename):
    """Return the room that the code of a file is in, as README names it, or None."""
    path = Path(filename).resolve()
    for folder in ('models', 'controllers'):
        if APPLICATION / folder in path.parents:
            return folder
    if MODULES not in path.parents:
        return None
    package, *rest = path.relative_to(MODULES).parts
    return '/'.join([package, *rest[:-1]]) if rest[:-1] or package == 'messenger_web' else '%s/%s' % (package, path.stem)


class Walk:
    """`with` it around what is to be followed in this thread. `rooms` are those entered, in the order of the first time."""

    def __init__(self):
        self.rooms = []

    def note(self, frame, event, _):
        """To be called by Python at whatever happens, as sys.setprofile has it."""
        room = room_of(frame.f_code.co_filename) if event == 'call' else None
        if room and room not in self.rooms:
            self.rooms.append(room)

    def __enter__(self):
        sys.setprofile(self.note)
        return self

    def __exit__(self, *_):
        sys.setprofile(None)


def written(title):
    """Return the rooms that the document names under a title, table by table, in their order."""
    text = (ROOT / 'docs' / 'way-of-a-message.md').read_text(encoding='utf-8')
    section = re.split(r'^## ', text.partition('\n## %s\n' % title)[2], flags=re.MULTILINE)[0]
    tables = re.split(r'^\| room \|.*\n\|---\|---\|\n', section, flags=re.MULTILINE)[1:]
    return [re.findall(r'^\| `([^`]+)` \|', table, re.MULTILINE) for table in tables]
