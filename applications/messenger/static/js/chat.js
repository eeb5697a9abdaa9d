// The live page of one conversation. Everything is wired here; what the parts do is written in them.
import { socketAddress } from './address.js';
import { isWatched } from './attention.js';
import { Backoff } from './backoff.js';
import { clock } from './clock.js';
import { Composer } from './composer.js';
import { Conversation } from './conversation.js';
import { History } from './history.js';
import { Keep } from './keep.js';
import { Line } from './line.js';
import { Messages } from './messages.js';
import { Outbox } from './outbox.js';
import { Place } from './place.js';
import { Polling } from './polling.js';
import { Reading } from './reading.js';
import { newRef } from './ref.js';
import { LiveSocket } from './socket.js';
import { Status } from './status.js';
import { Thread } from './thread.js';
import { Timeline } from './timeline.js';
import { localeOf } from './times.js';
import { Web } from './web.js';

const chat = document.getElementById('chat');
if (chat) {
    new Conversation(partsOf(chat)).open();
}

function partsOf(chat) {
    const { dataset } = chat;
    const thread = new Thread({
        userId: Number(dataset.userId), otherId: Number(dataset.otherId), conversation: Number(dataset.conversation) || null,
    });
    const web = new Web({ ...dataset, fetch: (...request) => fetch(...request) });
    const line = lineOf(thread.userId, dataset, web);
    const list = document.getElementById('messages');
    return {
        thread,
        line,
        outbox: new Outbox({ keep: new Keep(tabStorage(), thread.userId), clock, newRef, carry: frame => line.carry(frame) }),
        reading: new Reading({ carry: frame => line.carry(frame), isWatched }),
        history: new History({ clock, hasMore: dataset.more === '1', load: before => web.history(thread.conversation, before) }),
        messages: new Messages({
            list, template: document.getElementById('message-template'), userId: thread.userId,
            locale: localeOf(document.documentElement.lang, navigator.languages),
            texts: { sending: dataset.textSending, failed: dataset.textFailed, retry: dataset.textRetry, formerMember: dataset.textFormerMember },
        }),
        place: new Place(list),
        older: chat.querySelector('.chat__older'),
        composer: new Composer({ form: document.getElementById('composer'), error: document.getElementById('composer-error') }),
        status: new Status({
            line: document.getElementById('connection'), texts: sentences(dataset),
            links: { loginUrl: dataset.loginUrl, here: location.href },
        }),
    };
}

function lineOf(userId, dataset, web) {
    const timeline = new Timeline({ seq: Number(dataset.seq), epoch: dataset.epoch });
    const address = socketAddress({ url: dataset.socketUrl, port: dataset.socketPort, path: dataset.socketPath }, location);
    return new Line({
        userId, web, timeline, clock,
        socket: new LiveSocket({ clock, backoff: new Backoff(), open: () => new WebSocket(address) }),
        polling: new Polling({ clock, ask: () => web.updates({ since: timeline.seq, epoch: timeline.epoch }), isHidden: () => document.hidden }),
    });
}

function sentences(dataset) {
    return {
        connecting: dataset.textConnecting,
        online: dataset.textOnline,
        reconnecting: dataset.textReconnecting,
        offline: dataset.textOffline,
        'logged-out': dataset.textLoggedOut,
        blocked: dataset.textBlocked ?? dataset.textLoggedOut,
        'too-many': dataset.textTooMany,
        stale: dataset.textReload,
    };
}

function tabStorage() {
    try {
        return sessionStorage;
    } catch {
        // Blocked by the browser's settings: nothing is kept, everything else works.
        return null;
    }
}
