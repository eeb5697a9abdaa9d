"""What the product does: members write to each other, read, and miss nothing.

Imports the standard library and pydal, nothing else; knows no request, socket or page. Who asks is always an argument (`user_id`).
On the ground floor errors, settings and text; above them the rooms, in the order that tests/test_house.py keeps.
"""
