// Who is here stays here for as long as the socket is the same one.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Company } from '../../../applications/messenger/static/js/list/company.js';

test('a server that is slow for a while takes nobody away, a lost line does', () => {
    const told = {};
    const live = { line: { socket: { state: 'online', send: () => true } }, listen: listener => Object.assign(told, listener) };
    const company = new Company(live);
    told.onEvent({ type: 'presence', user_id: 7, online: true });
    ['silent', 'slow', 'online'].forEach(state => told.onState(state));
    assert.ok(company.presence.isHere(7));
    live.line.socket.state = 'reconnecting';
    told.onState('carried');
    assert.ok(!company.presence.isHere(7));
});
