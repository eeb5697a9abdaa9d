"""What pages take of the processor for a member who has much, and for one who has little, in turn.

    python -m ours.pages_flat [MESSAGES CONVERSATIONS]     # in the folder bench; prints JSON {"ours": …, "few": …}
"""
import functools
import json
import shutil
import statistics
import sys
import tempfile

from referee.lines import OURS
from sites.paged import Paged

from .pages import PACE, READ, Client, block

MANY, FEW, ASKS, WARM, BLOCKS = (1_000_000, 10_000), (1_000, 100), 20, 5, 5
PAGES = {**{figure: READ[figure] for figure in ('index_ms', 'chat_ms', 'chat_n_ms')},
         'list_ms': '/messaging/conversations.json', 'search_ms': '/messaging/search?q=writes'}


def main(arguments):
    sizes, sites = (tuple(map(int, arguments)) or MANY, FEW), []
    try:
        for size in sizes:
            sites.append((Paged(folder := tempfile.mkdtemp(prefix='bench-'), *size), folder))
        found = [{figure: [] for figure in PAGES} for _ in sizes]
        for number in range(BLOCKS + 1):    # the first warms up
            for figure, path in PAGES.items():
                for (site, _), took in zip(sites, found):
                    ask = functools.partial(Client(site).ask, '/messenger' + path, site.ours)
                    milliseconds = block(site, ask, ASKS if number else WARM, PACE)
                    took[figure] += [milliseconds] if number else []
        return {name: {figure: statistics.median(blocks) for figure, blocks in took.items()} for name, took in zip((OURS, 'few'), found)}
    finally:
        for site, folder in sites:
            site.close()
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == '__main__':
    print(json.dumps(main(sys.argv[1:])))
