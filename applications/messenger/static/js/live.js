// What every live page of a member is made of, from the data of its outermost element: the line to the server, the outbox, the status.
import { Activity } from './activity.js';
import { socketAddress } from './address.js';
import { Arrivals } from './arrivals.js';
import { watchActivity } from './attention.js';
import { Backoff } from './backoff.js';
import { clock } from './clock.js';
import { Keep } from './keep.js';
import { Line } from './line.js';
import { Outbox } from './outbox.js';
import { Polling } from './polling.js';
import { newRef } from './ref.js';
import { LiveSocket } from './socket.js';
import { Status } from './status.js';
import { Tab } from './tab.js';
import { Timeline } from './timeline.js';
import { localeOf } from './times.js';
import { Web } from './web.js';

export function livePartsOf({ dataset }) {
    const userId = Number(dataset.userId);
    const web = new Web({ ...dataset, fetch: (...request) => fetch(...request) });
    const line = lineOf(userId, dataset, web);
    const carry = frame => line.carry(frame);
    line.outbox = outboxOf(userId, dataset, line);
    const activity = new Activity({ clock, seconds: Number(dataset.activeSeconds), tell: () => web.active() });
    watchActivity(() => activity.noticed());
    return {
        web,
        line,
        outbox: line.outbox,
        arrivals: new Arrivals({ userId, carry, clock }),
        status: new Status({
            line: document.getElementById('connection'), texts: sentences(dataset),
            links: { loginUrl: dataset.loginUrl, here: location.href },
        }),
        locale: localeOf(document.documentElement.lang, navigator.languages),
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

function outboxOf(userId, dataset, line) {
    const keep = new Keep({ storage: storage(), home: dataset.commandUrl, userId });
    const outbox = new Outbox({
        keep, clock, newRef, tab: new Tab({ id: newRef(), locks: navigator.locks }),
        carry: frame => line.carry(frame), epoch: () => line.timeline.epoch,
    });
    addEventListener('storage', event => {
        const entry = keep.changed(event);
        if (entry) {
            outbox.heard(entry);
        }
    });
    return outbox;
}

function storage() {
    try {
        return localStorage;
    } catch {
        // Blocked by the browser's settings: nothing is kept, everything else works.
        return null;
    }
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
