"""What pages share: forms, JSON answers, headers, device, languages. Must not live here: rules of the product, module-level requests.

Imported once in the life of a process, for whatever requests come. What belongs to one is on gluon's `current`: web2py's own, and there
models/ put settings, db, auth, member and security_headers.
"""
