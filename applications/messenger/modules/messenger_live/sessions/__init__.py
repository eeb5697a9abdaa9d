"""Who is behind a cookie, wherever web2py keeps its sessions; read only. Must not live here: web2py, sockets, the event loop."""
