"""Bytes and text only: frames, handshake, protocol. Must not live here: sockets, threads, time."""
