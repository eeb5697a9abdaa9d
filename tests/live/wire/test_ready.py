"""Ready-made frames against what they are made of: protocol.py's frames, encoded by frames.py."""
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from messenger_core.feed.events import Message
from messenger_core.messages.batch import Sent
from messenger_live.wire import frames, protocol, quick_json, ready

texts = (st.text(max_size=30) | st.text('x', min_size=60, max_size=300)
         | st.text(st.sampled_from('"\\/\n\t\0\x1f\x7fé\u2028😀\ud800:'), max_size=200))
numbers = st.integers(0, 2**63 - 1)
moments = st.datetimes() | st.datetimes().map(lambda moment: moment.replace(microsecond=0))
messages = st.builds(Message, numbers, numbers, numbers, numbers, st.none() | numbers, texts, st.none() | numbers, texts, moments,
                     st.booleans(), st.none() | texts)


def framed(frame):
    return frames.encode_text(protocol.encode(frame))


@pytest.mark.parametrize('maker', ['orjson', 'json'])
def test_they_are_what_protocol_says_of_any_message(maker, monkeypatch):
    if maker == 'json':
        monkeypatch.setattr(quick_json, 'orjson', None)

    @settings(deadline=None, database=None, max_examples=200, suppress_health_check=list(HealthCheck))
    @given(messages, st.none() | texts)
    def judge(message, ref):
        ack, own, others = ready.stored(message, message.ref)
        assert others == framed(protocol.message_frame(message, -1))
        if message.sender_id is not None:       # a former member has no sockets
            assert own == framed(protocol.message_frame(message, message.sender_id))
        assert ack == framed(protocol.ack_frame(Sent(message, False), message.ref))
        assert ready.ack(message, ref) == framed(protocol.ack_frame(Sent(message, False), ref))
    judge()


def test_names_and_times_that_are_kept_are_those_of_this_message():
    message = Message(5, 9, 2, 3, 1, 'Ann', 2, 'hi', datetime(2026, 11, 23, 9, 2, 11), False, 'r')
    ready.stored(message, message.ref)
    other = message._replace(sender='Bob', timestamp=datetime(2026, 11, 23, 9, 2, 12), content='', ref=None)
    _, own, others = ready.stored(other)
    assert own == others == framed(protocol.message_frame(other, 2))
    assert b'"Bob"' in own and b'09:02:12Z' in ready.ack(other)


@pytest.mark.parametrize('size', [0, 60, 125, 126, 300, 65_535, 70_000])
def test_the_header_tells_the_length_of_each(size):
    message = Message(5, 9, 2, 3, None, '', None, 'x' * size, datetime(2026, 11, 23), False, 'r')
    assert ready.stored(message)[2] == framed(protocol.message_frame(message, 7))
