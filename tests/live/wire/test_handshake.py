"""The handshake's checks. The numbers S2 to S16 are those of the list of bad inputs."""
import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messenger_live.wire.handshake import OriginPolicy, Refused, accept_key, check_upgrade, parse_origin

KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
GOOD = {
    'Host': 'chat.example:8001', 'Upgrade': 'websocket', 'Connection': 'Upgrade', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': KEY,
}


def checked(*more, method='GET', version='HTTP/1.1', without=(), **changed):
    """The key, or the status of the refusal. `more` are headers beside the good ones; `changed` replaces, with _ for -."""
    replaced = {name.replace('_', '-').lower(): value for name, value in changed.items()}
    headers = [(name, replaced.get(name.lower(), value)) for name, value in GOOD.items() if name not in without]
    try:
        return check_upgrade(method, version, [*headers, *more])
    except Refused as refusal:
        assert refusal.reason
        return refusal.status


def test_a_good_request_gives_its_key():
    assert checked() == KEY


def test_the_key_of_the_rfc_is_accepted_as_in_the_rfc():
    assert accept_key(KEY) == 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='


@pytest.mark.parametrize('version', ['HTTP/1.0', 'HTTP/0.9', 'HTTP/1.99', 'HTTP/2.0', 'http/1.1', ''])
def test_s5_only_http_1_1_is_spoken(version):
    assert checked(version=version) == 400


@pytest.mark.parametrize('value', ['7', '8', '99', '13, 8', '013', '', '13.0'])
def test_s6_only_version_13_is_spoken_and_the_answer_says_so(value):
    with pytest.raises(Refused) as caught:
        check_upgrade('GET', 'HTTP/1.1', [*((name, text) for name, text in GOOD.items() if 'Version' not in name),
                                          ('Sec-WebSocket-Version', value)])
    assert caught.value.status == 426
    assert caught.value.headers == (('Sec-WebSocket-Version', '13'),)


def test_s6_the_version_is_given_once():
    assert checked(without=['Sec-WebSocket-Version']) == 426
    assert checked(('Sec-WebSocket-Version', '13')) == 426


@pytest.mark.parametrize('key', [
    '', 'abc', 'ключ', base64.b64encode(bytes(15)).decode(), base64.b64encode(bytes(17)).decode(),
    'dGhlIHNhbXBsZSBub25jZR==',         # the same 16 bytes, not as base64 writes them
    'dGhlIHNhbXBs!ZSBub25jZQ==', 'dGhl IHNhbXBsZSBub25jZQ==', 'dGhlIHNhbXBsZSBub25jZQ', 'dGhlIHNhbXBsZSBub25jZQ==\n',
    'dGhlIHNhbXBs_SBub25jZQ==', KEY + ',' + KEY,
])
def test_s7_a_key_that_is_not_16_bytes_in_base64_is_refused(key):
    assert checked(sec_websocket_key=key) == 400


def test_s7_the_key_is_given_once():
    assert checked(without=['Sec-WebSocket-Key']) == 400
    assert checked(('sec-websocket-key', KEY)) == 400


@settings(deadline=None, database=None)
@given(st.binary(min_size=16, max_size=16))
def test_every_key_of_16_bytes_passes(nonce):
    key = base64.b64encode(nonce).decode()
    assert checked(sec_websocket_key=key) == key


@pytest.mark.parametrize('method', ['POST', 'PUT', 'HEAD', 'OPTIONS', 'get', ''])
def test_s8_only_get_opens_a_socket(method):
    assert checked(method=method) == 400


@pytest.mark.parametrize('changed', [
    {'upgrade': 'WebSocket'}, {'upgrade': 'h2c, websocket'}, {'connection': 'keep-alive, Upgrade'}, {'connection': 'upgrade'},
    {'connection': 'keep-alive ,\tUPGRADE'},
])
def test_s8_tokens_are_read_whatever_their_case_and_company(changed):
    assert checked(**changed) == KEY


@pytest.mark.parametrize('changed', [
    {'upgrade': 'h2c'}, {'upgrade': 'websockets'}, {'upgrade': ''}, {'connection': 'keep-alive'}, {'connection': 'Upgraded'},
    {'connection': ''},
    {'without': ['Upgrade']}, {'without': ['Connection']}, {'without': ['Upgrade', 'Connection']},
])
def test_s8_a_request_that_asks_for_no_websocket_is_refused(changed):
    assert checked(**changed) == 400


def test_tokens_may_come_in_several_headers():
    assert checked(('Connection', 'Upgrade'), connection='keep-alive') == KEY


@pytest.mark.parametrize('header', [
    ('Content-Length', '7'), ('Content-Length', '+0'), ('Content-Length', '1_0'), ('Content-Length', '00'), ('content-length', ''),
    ('Transfer-Encoding', 'chunked'), ('Transfer-Encoding', 'identity'), ('transfer-encoding', ''),
])
def test_s9_a_request_with_a_body_is_refused(header):
    assert checked(header) == 400
    assert checked(('Content-Length', '0'), header) == 400


def test_s9_an_empty_body_that_is_said_to_be_empty_passes():
    assert checked(('Content-Length', '0')) == KEY


def test_the_host_is_given_once():
    assert checked(without=['Host']) == 400
    assert checked(host='') == 400
    assert checked(('Host', 'chat.example:8001')) == 400


@pytest.mark.parametrize('header', [('Sec-WebSocket-Protocol', 'superchat, chat'), ('Sec-WebSocket-Extensions', 'permessage-deflate')])
def test_s16_what_is_offered_beside_is_neither_taken_nor_refused(header):
    assert checked(header) == KEY


# -- origins --

def allows(policy, *origins, host='chat.example'):
    return policy.allows(list(origins), host)


FOREIGN = [
    'http://evil.example', 'http://chat.example.evil.example', 'http://evilchat.example', 'http://chat.example:81', 'https://chat.example',
    'http://chat.example/', 'http://chat.example/path', 'http://chat.example?', 'http://chat.example#', 'http://user@chat.example',
    'http://chat.example@evil.example', 'http://chat.example:80@evil.example', 'http://chat.example.', 'http://chat.example:',
    'http://chat.example:0', 'http://chat.example:65616', 'http://chat.example:8o', 'http://chat.example:\u0668\u0660',
    'http://\u0441hat.example', 'http://xn--hat-8cd.example', 'http:/chat.example', 'http:chat.example', '//chat.example', 'chat.example',
    'ws://chat.example', 'file://chat.example', 'null', '', ' ', 'http://', 'http://chat.example http://evil.example',
    'http://evil.example, http://chat.example', 'http://chat.example\n', 'http://chat\\.example', 'http://chat.example\0', '*', 'http://*',
    'http://[::1',
]


@pytest.mark.parametrize('origin', FOREIGN)
def test_s2_s3_s4_look_alikes_are_refused_by_the_list(origin):
    assert not allows(OriginPolicy(['http://chat.example']), origin)


@pytest.mark.parametrize('origin', FOREIGN)
def test_s2_s3_s4_look_alikes_are_refused_by_the_host(origin):
    assert not allows(OriginPolicy([], 'http'), origin)


def test_s3_a_missing_origin_is_refused():
    assert not allows(OriginPolicy(['http://chat.example']))
    assert not allows(OriginPolicy([], None))


@pytest.mark.parametrize('policy', [OriginPolicy(['http://chat.example']), OriginPolicy([], 'http')])
def test_s4_two_origins_are_a_bad_request(policy):
    with pytest.raises(Refused) as caught:
        allows(policy, 'http://chat.example', 'http://chat.example')
    assert caught.value.status == 400


@pytest.mark.parametrize('origin', ['http://chat.example', 'http://chat.example:80', 'HTTP://CHAT.Example', ' http://chat.example\t'])
def test_s4_case_and_the_usual_port_make_no_difference(origin):
    assert allows(OriginPolicy(['http://Chat.EXAMPLE:80']), origin)
    assert allows(OriginPolicy([], 'http'), origin, host='CHAT.example:80')


def test_a_letter_that_only_looks_like_another_when_folded_is_another():
    assert not allows(OriginPolicy(['http://kiosk.example']), 'http://\u212aiosk.example')
    assert not allows(OriginPolicy(['https://a.example']), 'http\u017f://a.example')


def test_with_a_list_the_host_does_not_count():
    policy = OriginPolicy(['https://www.example', 'http://127.0.0.1:8000'])
    assert allows(policy, 'https://www.example', host='evil.example')
    assert allows(policy, 'http://127.0.0.1:8000', host='127.0.0.1:8001')
    assert not allows(policy, 'http://localhost:8000', host='localhost:8000')


@pytest.mark.parametrize('scheme, http, https', [('http', True, False), ('https', False, True), (None, True, True)])
def test_without_a_list_the_scheme_is_that_of_the_site(scheme, http, https):
    policy = OriginPolicy([], scheme)
    assert allows(policy, 'http://chat.example') is http
    assert allows(policy, 'https://chat.example') is https


def test_without_a_list_the_port_is_that_of_the_host_header():
    policy = OriginPolicy([], None)
    assert allows(policy, 'http://chat.example:8001', host='chat.example:8001')
    assert not allows(policy, 'http://chat.example:8000', host='chat.example:8001')
    assert not allows(policy, 'http://chat.example', host='chat.example:443')
    assert allows(policy, 'https://chat.example', host='chat.example:443')
    assert allows(policy, 'http://[::1]:8001', host='[::1]:8001')


@pytest.mark.parametrize('host', ['', 'chat.example/', 'user@chat.example', 'chat.example:x', 'a b', 'chat.example:80:80'])
def test_without_a_list_a_strange_host_matches_nothing(host):
    assert not allows(OriginPolicy([], None), 'http://chat.example', host=host)
    assert not allows(OriginPolicy([], None), 'http://' + host, host=host)


@pytest.mark.parametrize('origin', [
    '*', '', 'null', 'chat.example', 'https://chat.example/', 'wss://chat.example', 'https://bücher.example', 'https://*.example',
])
def test_an_origin_in_the_settings_that_is_none_is_said_clearly(origin):
    with pytest.raises(ValueError, match='is not an origin'):
        OriginPolicy(['https://good.example', origin])


def test_a_scheme_that_is_none_is_said_clearly():
    with pytest.raises(ValueError, match='http or https'):
        OriginPolicy([], 'wss')


@pytest.mark.parametrize('port', ['0', '65536', '65616', '99999', '123456', '+80', '8_0', ' 80'])
def test_a_port_that_cannot_be_is_none(port):
    assert parse_origin('http://chat.example:' + port) is None


def test_an_origin_is_three_parts():
    assert parse_origin('HTTPS://Chat.example') == ('https', 'chat.example', 443)
    assert parse_origin('http://[::1]:8001') == ('http', '[::1]', 8001)


@pytest.mark.parametrize(('policy', 'origins', 'expected'), [
    (OriginPolicy(['https://b.example', 'http://a.example:81']), ['https://b.example:82'],
     'another Origin; allowed are: http://a.example:81 https://b.example'),
    (OriginPolicy([], 'https', 'https://site.example'), ['null'], 'another Origin; allowed are: https://chat.example https://site.example'),
    (OriginPolicy([]), [], 'no Origin; allowed are: http://chat.example https://chat.example')])
def test_of_a_page_that_is_refused_the_log_says_from_where_it_may_be(policy, origins, expected):
    assert policy.said(origins, 'chat.example') == expected


def test_what_the_log_says_of_origins_is_short():
    assert len(OriginPolicy(['http://%d.example' % number for number in range(99)]).said([], 'x')) < 400
