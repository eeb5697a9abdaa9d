// Whose socket gives way when a member has no more of them.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Places } from '../../../applications/messenger/static/js/page/places.js';
import { Shelf } from '../../../applications/messenger/static/js/unsent/shelf.js';
import { PretendClock } from '../pretend.mjs';

let clock, pages;

beforeEach(() => {
    clock = new PretendClock();
    pages = [];
});

// A page of member 1: what it writes is heard by the other pages. `delay` is when it would give way, of the time there is for that.
function open({ state, isNeeded = false, isHidden = true, delay = 0, userId = 1 }) {
    const page = { woken: 0, socket: { state } };
    const said = (key, newValue) => pages.filter(one => one !== page).forEach(one => one.places.heard({ key, newValue }));
    const storage = { setItem: said, removeItem: key => said(key, null) };
    Object.assign(page.socket, { stop: now => page.become(now), wake: () => { page.woken += 1; } });
    page.places = new Places({
        socket: page.socket, clock, isNeeded, isHidden: () => isHidden, random: () => delay, newId: () => 'id',
        shelf: new Shelf({ storage, kind: 'places', home: '/', userId }),
    });
    page.become = now => {
        page.socket.state = now;
        page.places.onState(now);
    };
    pages.push(page);
    return page;
}

const states = () => pages.map(({ socket }) => socket.state);

test('a chat that gets no socket gets that of one page without messages that nobody looks at', () => {
    const first = open({ state: 'online', delay: 0.9 }), second = open({ state: 'online', delay: 0.1 });
    const chat = open({ state: 'connecting', isNeeded: true });
    chat.become('too-many');
    chat.become('too-many');
    clock.pass(5);
    assert.deepEqual([states(), chat.woken], [['online', 'too-many', 'too-many'], 1]);
    assert.deepEqual([first.woken, second.woken], [0, 0]);
});

test('nobody gives up what is looked at, shows messages, or is not there; nor does anybody ask again and again', () => {
    open({ state: 'online', isHidden: false });
    open({ state: 'online', isNeeded: true });
    open({ state: 'reconnecting' });
    open({ state: 'online', userId: 2 });
    const chat = open({ state: 'connecting', isNeeded: true });
    chat.become('too-many');
    clock.pass(60);
    assert.deepEqual([states(), chat.woken], [['online', 'online', 'reconnecting', 'online', 'too-many'], 0]);
});

test('a page without messages asks for nothing', () => {
    open({ state: 'online' });
    open({ state: 'connecting' }).become('too-many');
    clock.pass(60);
    assert.deepEqual(states(), ['online', 'too-many']);
});

test('who has a socket by then is left alone', () => {
    open({ state: 'online' });
    const chat = open({ state: 'connecting', isNeeded: true });
    chat.become('too-many');
    clock.pass(0.5);
    chat.become('online');
    clock.pass(5);
    assert.equal(chat.woken, 0);
});
