// What a live page of a member is put together from, by the data of `#live`. Must not live here: what happens on the page.
import { Activity } from '../wire/activity.js';
import { Arrivals } from '../wire/arrivals.js';
import { Backoff } from '../wire/backoff.js';
import { clock } from '../wire/clock.js';
import { Line } from '../wire/line.js';
import { LiveSocket } from '../wire/socket.js';
import { localeOf } from '../shown/times.js';
import { newRef } from '../unsent/ref.js';
import { Places } from './places.js';
import { Polling } from '../wire/polling.js';
import { Shelf } from '../unsent/shelf.js';
import { socketAddress } from '../wire/address.js';
import { sentencesOf, Status } from './status.js';
import { storage } from '../browser/storage.js';
import { Timeline } from '../wire/timeline.js';
import { unsentOf } from './unsent.js';
import { Web } from '../wire/web.js';

export function partsOf(dataset) {
    const userId = Number(dataset.userId);
    const web = new Web({ ...dataset, fetch: (...request) => fetch(...request) });
    const line = lineOf(userId, dataset, web);
    const carry = frame => line.carry(frame);
    return {
        activity: new Activity({ clock, seconds: Number(dataset.activeSeconds), tell: () => web.active() }),
        web,
        line,
        ...unsentOf({ home: dataset.commandUrl, userId, line, carry }),
        places: placesOf(userId, dataset, line.socket),
        arrivals: new Arrivals({ userId, carry, clock }),
        status: new Status({
            line: document.getElementById('connection'), texts: sentencesOf(dataset), clock,
            links: { loginUrl: dataset.loginUrl, here: location.href.split('#')[0] },
        }),
        locale: localeOf(document.documentElement.lang, navigator.languages),
    };
}

function lineOf(userId, dataset, web) {
    const timeline = new Timeline({ seq: Number(dataset.seq), epoch: dataset.epoch });
    const address = socketAddress({ url: dataset.socketUrl, port: dataset.socketPort, path: dataset.socketPath }, location);
    return new Line({
        userId, web, timeline, clock, hasNetwork: () => navigator.onLine,
        socket: new LiveSocket({ clock, backoff: new Backoff(), open: () => new WebSocket(address) }),
        polling: new Polling({ clock, ask: () => web.updates({ since: timeline.seq, epoch: timeline.epoch }), isHidden: () => document.hidden }),
    });
}

function placesOf(userId, dataset, socket) {
    return new Places({
        socket, clock, newId: newRef, isHidden: () => document.hidden,
        isNeeded: document.querySelector('#chat[data-live], #conversations[data-live], #inbox[data-live]') !== null,
        shelf: new Shelf({ kind: 'places', storage: storage(), home: dataset.commandUrl, userId }),
    });
}
