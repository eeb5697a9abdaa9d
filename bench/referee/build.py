"""Compiles the load generator, once for each state of its sources."""
import hashlib
import os
import shutil
import subprocess

from .folders import BENCH, HOME, LOADGEN

SOURCES = BENCH / 'referee' / 'loadgen'
FLAGS = ('-O2', '-lm')


class NotBuilt(Exception):
    """Why there is no load generator, in one sentence."""


def load_generator():
    """Return the path of the load generator; raises NotBuilt."""
    state = hashlib.sha256(b''.join(path.read_bytes() for path in sorted(SOURCES.iterdir()))).hexdigest()
    built = LOADGEN.with_name('%s-%s' % (LOADGEN.name, state[:12]))
    if not built.exists():
        compile_to(built)
    return built


def compile_to(path):
    compiler = next(filter(shutil.which, filter(None, (os.environ.get('CC'), 'cc', 'gcc', 'clang'))), None)
    if not compiler:
        raise NotBuilt('the load generator is written in C and there is no C compiler (on Debian and Ubuntu: apt install gcc libc6-dev).')
    HOME.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + '.new')
    ran = subprocess.run([compiler, '-o', str(unfinished), *map(str, sorted(SOURCES.glob('*.c'))), *FLAGS],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if ran.returncode:
        raise NotBuilt('the load generator does not compile: %s' % next(iter(ran.stdout.splitlines()), 'the compiler says nothing'))
    os.replace(unfinished, path)
