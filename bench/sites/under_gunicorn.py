"""Serves the web2py in this folder with gunicorn, two processes of four threads: python under_gunicorn.py PORT.

Gunicorn lies among the peers; all else is the product's.
"""
import glob
import os
import sys

sys.path.insert(0, os.getcwd())
sys.path += glob.glob(os.path.join(os.environ['BENCH_PEERS'], 'lib', 'python3*', 'site-packages'))

from gunicorn.app.wsgiapp import run

sys.argv[1:] = ['-w', '2', '--threads', '4', '-b', '127.0.0.1:%s' % sys.argv[1], 'gluon.main:wsgibase']
run()
