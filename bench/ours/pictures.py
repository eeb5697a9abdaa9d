"""Draws what growth.py found, an SVG for each series. A program of its own: matplotlib is where the peers are, not where the product is.

    python bench/ours/pictures.py figures.json FOLDER
"""
import json
import sys
from pathlib import Path

TITLES = {'clients': 'clients, one message under way each', 'messages': 'messages in the database (100 clients)',
          'conversations': 'conversations of one member (100 clients)'}
PANELS = (('messages a second', 'msgs_per_s', '#0b7285'), ('CPU, µs a message', 'cpu_us_per_msg', '#5f3dc4'),
          ('p99, ms', 'p99_ms', '#c92a2a'), ('memory, MiB', 'rss_after_mib', '#2b8a3e'))


def main(source, folder):
    import matplotlib
    matplotlib.use('svg')
    # Texts stay texts, ids and dates are the same each time: a picture changes when its figures do.
    matplotlib.rcParams.update({'svg.fonttype': 'none', 'svg.hashsalt': 'bench', 'font.size': 9, 'path.simplify': True})
    for series, found in json.loads(Path(source).read_text()).items():
        draw(series, sorted(found, key=lambda one: one['size']), Path(folder) / ('growth-%s.svg' % series))


def draw(series, found, path):
    from matplotlib import pyplot
    figure, panels = pyplot.subplots(1, len(PANELS), figsize=(11, 2.4), layout='constrained')
    for panel, (title, name, colour) in zip(panels, PANELS):
        panel.plot([one['size'] for one in found], [one[name] for one in found], 'o-', color=colour, markersize=3, linewidth=1.2)
        panel.set_xscale('log')
        panel.minorticks_off()
        panel.set_ylim(0, 1.1 * max(one[name] for one in found) or 1)
        panel.set_title(title, fontsize=9)
        panel.grid(alpha=0.25)
    figure.supxlabel(TITLES[series], fontsize=9)
    figure.savefig(path, metadata={'Date': None, 'Creator': None})
    pyplot.close(figure)


if __name__ == '__main__':
    main(*sys.argv[1:]) if len(sys.argv) == 3 else sys.exit(__doc__)
