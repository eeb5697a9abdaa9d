import assert from 'node:assert/strict';
import test from 'node:test';
import { Refused, Unanswered, Web } from '../../../applications/messenger/static/js/wire/web.js';

function webThat(answers) {
    const requests = [];
    const fetch = async (url, options) => {
        requests.push({ url, ...options });
        return answers(url);
    };
    return { requests, web: new Web({ updatesUrl: '/u', historyUrl: '/h?with=2', conversationsUrl: '/l', commandUrl: '/c', userId: '3', fetch }) };
}

const json = (body, status = 200) => new Response(JSON.stringify(body), { status });

test('updates and history are asked for by their own parameters', async () => {
    const { web, requests } = webThat(() => json({ messages: [] }));
    await web.updates({ since: 7, epoch: 'e 1' });
    await web.history(9, 40);
    await web.history(9);
    assert.deepEqual(requests.map(request => request.url), ['/u?since=7&epoch=e+1', '/h?with=2&conversation=9&before=40&limit=25&author=3', '/h?with=2&conversation=9&author=3']);
    assert.ok(requests.every(request => request.cache === 'no-store' && request.credentials === 'same-origin'));
});

test('one conversation is found by the place of its last message', async () => {
    const { web, requests } = webThat(() => json({ conversations: [{ conversation: 9, their_read_number: 4 }], more: true, seq: 80 }));
    assert.deepEqual(await web.conversation(9, 70), { conversation: 9, their_read_number: 4 });
    assert.equal(requests[0].url, '/l?before=71&limit=1&author=3');
    assert.equal(await web.conversation(8, 70), null, 'another one was the newest before that place');
    assert.equal(await webThat(() => json({ conversations: [], more: false, seq: 80 })).web.conversation(9, 70), null);
});

test('a command is one JSON object, and says whose page asks for it', async () => {
    const { web, requests } = webThat(() => json({ type: 'ack', id: 1 }));
    assert.deepEqual(await web.command({ type: 'read', number: 1 }), { type: 'ack', id: 1 });
    assert.equal(requests[0].method, 'POST');
    assert.equal(requests[0].headers['Content-Type'], 'application/json');
    assert.equal(requests[0].body, '{"type":"read","number":1,"author":3}');
});

test('the server\'s refusal is told as it is', async () => {
    const { web } = webThat(() => json({ type: 'error', code: 'rate', message: 'Too many', retry_after: 2 }, 429));
    await assert.rejects(web.command({}), error => error instanceof Refused && error.error.code === 'rate' && error.error.retry_after === 2);
});

test('whatever else comes is no answer', async () => {
    const bad = [
        () => { throw new TypeError('network'); },
        () => new Response('<html>502</html>', { status: 502 }),
        () => new Response('<html>log in</html>', { status: 200 }),
        () => json(null),
        () => json('text'),
        () => json({ ticket: 1 }, 500),
    ];
    for (const answer of bad) {
        await assert.rejects(webThat(answer).web.updates({ since: 1 }), Unanswered);
    }
});
