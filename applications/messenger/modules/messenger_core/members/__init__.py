"""Who the members are and what they have chosen. Must not live here: accounts, which are web2py's, and who is online."""
