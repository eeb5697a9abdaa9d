import assert from 'node:assert/strict';
import test from 'node:test';
import { socketAddress } from '../../../applications/messenger/static/js/wire/address.js';
import { CLOSES, parse } from '../../../applications/messenger/static/js/wire/frames.js';

const HERE = { url: '', port: '8001', path: '/messenger/messaging/stream/listen' };

test('the socket is at the page\'s host and the sidecar\'s port', () => {
    assert.equal(socketAddress(HERE, new URL('http://chat.example:8000/x')), 'ws://chat.example:8001/messenger/messaging/stream/listen?v=1');
});

test('a page over https opens its socket over wss', () => {
    assert.match(socketAddress(HERE, new URL('https://chat.example/x')), /^wss:\/\/chat\.example:8001\//);
});

test('a host that is an IPv6 address keeps its brackets', () => {
    assert.match(socketAddress(HERE, new URL('http://[::1]:8000/x')), /^ws:\/\/\[::1\]:8001\//);
});

test('a configured address wins, and keeps its own query', () => {
    const page = new URL('https://chat.example/x');
    assert.equal(socketAddress({ ...HERE, url: 'wss://live.example/ws' }, page), 'wss://live.example/ws?v=1');
    assert.equal(socketAddress({ ...HERE, url: 'wss://live.example/ws?a=b' }, page), 'wss://live.example/ws?a=b&v=1');
});

test('what is no frame is no frame', () => {
    ['', '{', 'null', '[]', '7', '"x"', '{}', '{"type":5}'].forEach(text => assert.equal(parse(text), null, text));
    assert.deepEqual(parse('{"type":"pong","future":1}'), { type: 'pong', future: 1 });
});

test('every close code that ends the connection for good is one of the 4000s', () => {
    const ending = Object.keys(CLOSES).filter(code => CLOSES[code].state);
    assert.deepEqual(ending, ['4401', '4403', '4409']);
});
