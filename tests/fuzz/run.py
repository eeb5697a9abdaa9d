"""Tries one property with inputs that atheris makes up: python tests/fuzz/run.py codec -runs=4000000 -max_len=500

By hand, for hours if need be, in a virtualenv with atheris in it; the suite tries the same properties in test_fuzz.py. Options are
libFuzzer's. What breaks a property is left in a file crash-…, which run.py takes as an argument to try it again.
"""
import importlib
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / 'applications' / 'messenger' / 'modules')]


def main(name, *options):
    import atheris
    with atheris.instrument_imports(include=['messenger_core', 'messenger_live']):
        subject = importlib.import_module(name)
    folder = Path(tempfile.mkdtemp(prefix='fuzz-%s-' % name))
    words = folder / 'words'
    words.write_text(''.join('"%s"\n' % ''.join('\\x%02x' % byte for byte in word) for word in subject.WORDS))
    seeds = folder / 'seeds'
    seeds.mkdir()
    for number, seed in enumerate(subject.SEEDS):
        (seeds / str(number)).write_bytes(seed)
    found = [] if any(Path(option).is_file() for option in options) else [str(seeds)]
    atheris.Setup([sys.argv[0], '-dict=%s' % words, '-rss_limit_mb=400', '-timeout=5', *options, *found], subject.check)
    atheris.Fuzz()


if __name__ == '__main__':
    main(*sys.argv[1:])
