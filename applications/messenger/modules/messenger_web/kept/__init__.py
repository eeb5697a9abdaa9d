"""What web2py would make anew for each request, made once and kept as long as it holds: code of views, addresses, modules, settings.

Must not live here: anything that belongs to one request, or to one member.
"""
