"""For the controller `messaging`: the names that its views call, and what is made of a posted form before an action reads it."""
from messenger_web.asked import is_form, posted, whole
from messenger_web.finding import marked
from messenger_web.letters import inbox_url, letter_key, unfold_answers
from messenger_web.shown import (
    chat_url,
    clock_of,
    counted,
    day_of,
    hue,
    in_one_line,
    in_plain_text,
    initials,
    is_long,
    minute_of,
    plurals,
    refusals,
    with_links,
    with_number,
)
from messenger_web.thread import day_name, row_classes, thread_rows

if is_form():
    unfold_answers()
