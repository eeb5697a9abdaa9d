"""Wall clocks: times that were written down where the site stands, without a zone, as the tutorial's `request.now` does.

Everything of ours is UTC; this is needed once, for the messages of before. Knows no database.
"""
import os
import re
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from ..errors import SettingsError

# The name of the machine's own rules where they have no other, as after a TZ like "CET-1CEST,M3.5.0,M10.5.0/3".
MACHINE = 'localtime'
WALL_CLOCK = re.compile(r'\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d*)?')


def name_of(setting, environ=os.environ, file='/etc/localtime'):
    """Return the name by which to remember a zone: the setting's, or without one this machine's. Raises SettingsError."""
    if not setting:
        return _machine(environ, file)
    if setting != MACHINE and not _is_known(setting):
        raise SettingsError('The setting [db] legacy_timezone is %r, which is no time zone that this machine knows '
                            '(a name like Europe/Berlin or UTC is needed).' % setting)
    return setting


def find(name):
    """Return the tzinfo of a remembered zone; None stands for the machine's own rules. Raises SettingsError."""
    if name == MACHINE:
        return None
    if name == 'UTC':       # known even where there is no list of zones
        return timezone.utc
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise SettingsError('This machine knows no time zone called %r; is its list of time zones (tzdata) installed?' % name) from error


def to_utc(value, zone):
    """Return a wall clock time, as a driver gives it, in naive UTC and whole seconds; what is no such time comes back as it is.

    An hour that the clock went through twice is taken for its first pass.
    """
    wall = _wall_clock(value)
    if wall is None:
        return value
    try:
        return wall.replace(tzinfo=zone).astimezone(timezone.utc).replace(tzinfo=None)
    except (OverflowError, ValueError, OSError):
        return value


def offset(zone):
    """Return a zone's present distance from UTC, for people: "UTC+01:00"."""
    sign = datetime.now(timezone.utc).astimezone(zone).strftime('%z')
    return 'UTC%s:%s' % (sign[:3], sign[3:5])


def _wall_clock(value):
    if isinstance(value, datetime):
        return value.replace(microsecond=0) if value.tzinfo is None else None
    if not isinstance(value, str) or not WALL_CLOCK.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value[:19])
    except ValueError:
        return None


def _machine(environ, file):
    if 'TZ' in environ:
        name = environ['TZ'].lstrip(':') or 'UTC'
    else:
        name = os.path.realpath(file).rpartition('/zoneinfo/')[2] if os.path.exists(file) else 'UTC'
    return name if _is_known(name) else MACHINE


def _is_known(name):
    try:
        find(name)
    except SettingsError:
        return False
    return True
