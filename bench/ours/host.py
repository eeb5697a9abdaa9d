"""The product for one round: a site with members who are logged in, the real sidecar beside it; a program of its own for each checkout.

    python -m ours.host '{"members": 100, "settings": {}, "uri": null}'      # in the folder bench

Prints a line of JSON {port, pid, cookies, first_cookie}; then answers questions, a line each, until its stdin ends.
"""
import json
import shutil
import sys
import tempfile

from referee import arrivals
from sites.target import Target

from . import full

# One load client is all members at once: these numbers alone are out of its way.
NO_LIMITS = dict.fromkeys(
    ('sends_per_second', 'burst', 'refusals_per_minute', 'sends_waiting', 'sends_waiting_in_all', 'connections_per_address'), 1_000_000)


class Host:
    """`messages` and `conversations`, of member 1: what is in the database before."""

    def __init__(self, members, settings, uri=None, messages=0, conversations=0):
        self.folder, settings = tempfile.mkdtemp(prefix='bench-'), {**NO_LIMITS, **settings}
        if messages:
            self.target = full.site(self.folder, messages, conversations, members=members, **settings)
        else:
            self.target = Target(self.folder, members, uri=uri, **settings)
        self.before = self.head()
        self.target.start()
        self.cookies, self.first_cookie = self.folder + '/cookies', self.folder + '/first_cookie'
        with open(self.cookies, 'w') as all_of_them, open(self.first_cookie, 'w') as first:
            all_of_them.writelines(self.target.cookie(member) + '\n' for member in range(1, members + 1))
            first.write(self.target.cookie(1) + '\n')

    def head(self):
        """Return the last seq that is taken."""
        db = self.target.sidecar.db
        head = db.executesql('SELECT head FROM messenger_feed')[0][0]
        db.commit()
        return head

    def told(self):
        return {'port': self.target.port, 'pid': self.target.pid, 'cookies': self.cookies, 'first_cookie': self.first_cookie}

    def check(self, records, fanout=0):
        """Compare what arrived with what is stored; `fanout` is how many sockets the first member has."""
        db = self.target.sidecar.db
        rows = db.executesql(arrivals.ROWS % self.before)
        db.commit()
        return {'rows': len(rows), 'faults': arrivals.faults(arrivals.read(records), rows, fanout, has_before=self.before > 0)}

    def close(self):
        self.target.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    host = Host(**json.loads(sys.argv[1]))
    try:
        print(json.dumps(host.told()), flush=True)
        for line in sys.stdin:
            question = json.loads(line)
            print(json.dumps(getattr(host, question.pop('ask'))(**question)), flush=True)
    finally:
        host.close()


if __name__ == '__main__':
    main()
