"""The settings, kept until the site's file, or the environment of the process, says something else."""
import os

from messenger_core import settings

_kept = {}      # {folder of the application: (what they were read from, settings)}


def load(folder):
    """Return the settings of the application in `folder`; nobody may change them. Raises SettingsError."""
    written = _written(folder)
    before, found = _kept.get(folder, (None, None))
    if before != written:
        found = settings.load(folder)
        _kept[folder] = written, found
    return found


def _written(folder):
    try:
        file = os.stat(os.path.join(folder, settings.FILE))
        stamp = file.st_mtime_ns, file.st_size, file.st_ino
    except OSError:
        stamp = None
    # As it lies there, where Python lets one see that: to translate all of it takes longer than a statement.
    return stamp, dict(vars(os.environ).get('_data') or os.environ)
