"""The conversations of one member and who else is in them, small: ten thousand members have one each.

Made in a thread, used on the event loop.
"""
from array import array
from bisect import bisect_left, bisect_right


class Circle:
    """`pairs` are (conversation, other member). Iterating gives each other member once."""

    __slots__ = ('_conversations', '_others')

    def __init__(self, pairs=()):
        pairs = sorted(pairs)
        # Most who have just come have none, and most who come have written to somebody by and by.
        self._conversations = array('q', [conversation for conversation, _ in pairs]) if pairs else ()
        self._others = array('q', [other for _, other in pairs]) if pairs else ()

    def __bool__(self):
        return bool(self._others)

    def __iter__(self):
        return iter(set(self._others))

    def others(self, conversation):
        """Return the other members of a conversation; none when it isn't this member's."""
        begin = bisect_left(self._conversations, conversation)
        return self._others[begin:bisect_right(self._conversations, conversation, begin)]

    def add(self, conversation, other):
        """Note that somebody takes part in a conversation; return whether they are new in the circle."""
        place = bisect_left(self._conversations, conversation)
        # As nearly always: of two members who write to each other.
        if place < len(self._others) and self._others[place] == other and self._conversations[place] == conversation:
            return False
        if other in self.others(conversation):
            return False
        if not self._others:
            self._conversations, self._others = array('q'), array('q')
        is_new, place = other not in self._others, bisect_right(self._conversations, conversation)
        self._conversations.insert(place, conversation)
        self._others.insert(place, other)
        return is_new

    def add_all(self, circle):
        """Note whatever another one has."""
        for pair in zip(circle._conversations, circle._others):
            self.add(*pair)
