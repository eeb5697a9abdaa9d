"""How news travels: bytes, frames, commands, sessions, sockets and threads.

wire, sessions, limits and allowances are plain Python and serve the web pages too; whatever needs gevent is the sidecar's alone.
"""
