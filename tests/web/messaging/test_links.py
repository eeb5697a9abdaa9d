"""What members write, with its links, where no script runs."""
import json

from messenger_core.messages import sending
from places import ROOT

TABLE = json.loads((ROOT / 'tests' / 'cases' / 'links.json').read_text(encoding='utf-8'))


def test_the_chat_and_the_inbox_link_what_the_table_says_and_nothing_else(site, ann, bob):
    texts = ['%d: %s' % (number, text) for number, (text, _) in enumerate(TABLE)][-40:]
    for text in texts:
        sending.send(site.db, sending.Draft(bob.id, text, ann.id))
    chat = ann.get('/messaging/chat/%d' % bob.id).html.find(id='messages').find_all(class_='message__content')
    inbox = ann.get('/messaging/index').html.find_all(class_='letter__content')
    assert len(chat) == 40
    for shown in (chat, inbox[::-1]):
        for content, text in zip(shown[::-1], texts[::-1]):
            assert content.text == text
            links = content.find_all('a')
            assert [[link.text, link['href']] for link in links] == TABLE[int(text.partition(':')[0])][1]
            assert not content.find_all(lambda tag: tag.name != 'a')
            assert all(link['rel'] == ['noopener', 'noreferrer', 'nofollow'] and link['target'] == '_blank' for link in links)
            assert all(link['dir'] == 'ltr' for link in links)


def test_a_host_that_may_be_taken_for_another_is_told_in_ascii(site, ann, bob):
    hosts = json.loads((ROOT / 'tests' / 'cases' / 'hosts.json').read_text(encoding='utf-8'))
    for address, _ in hosts:
        sending.send(site.db, sending.Draft(bob.id, address, ann.id))
    links = ann.get('/messaging/chat/%d' % bob.id).html.find(id='messages').find_all('a', rel='noopener')
    assert [[link['href'], link.get('title')] for link in links] == hosts
