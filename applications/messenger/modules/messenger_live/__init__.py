"""How news travels: bytes, frames, commands, sessions, sockets and threads.

protocol, handshake and sessions are plain Python and serve the web pages too; the modules that need gevent are the sidecar's alone.
"""
