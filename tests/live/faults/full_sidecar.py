"""The sidecar on a database that may have no more pages than the file at $PAGES says. Run by tests, not imported."""
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
import websocket_server

options = websocket_server.parse(sys.argv[1:])
websocket_server.prepare_imports(options.web2py, '%s/applications/messenger' % options.web2py)
from messenger_core.feed import sequence  # noqa: E402

take = sequence.take


def take_what_there_is(db, *asked, **options):
    before = take(db, *asked, **options)
    db.executesql('PRAGMA max_page_count = %s' % Path(os.environ['PAGES']).read_text())
    return before


sequence.take = take_what_there_is
websocket_server.main()
