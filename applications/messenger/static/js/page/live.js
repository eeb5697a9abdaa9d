// What every live page of a member is made of, from the data of `#live`: the line to the server, the outbox, the status. What else is on the
// page listens.
import { Activity } from '../wire/activity.js';
import { socketAddress } from '../wire/address.js';
import { Arrivals } from '../wire/arrivals.js';
import { watch, watchActivity } from '../browser/attention.js';
import { Backoff } from '../wire/backoff.js';
import { clock } from '../wire/clock.js';
import { emptyPage, hide, show } from './ended.js';
import { Drafts } from '../unsent/drafts.js';
import { Keep } from '../unsent/keep.js';
import { Line } from '../wire/line.js';
import { Outbox } from '../unsent/outbox.js';
import { Polling } from '../wire/polling.js';
import { newRef } from '../unsent/ref.js';
import { LiveSocket } from '../wire/socket.js';
import { Status, textsOf } from './status.js';
import { storage } from '../browser/storage.js';
import { Tab } from '../unsent/tab.js';
import { Timeline } from '../wire/timeline.js';
import { localeOf } from '../shown/times.js';
import { Web } from '../wire/web.js';

const NEWS = ['onOpen', 'onCurrent', 'onEvent', 'onReset'];

export class Live {
    #listeners = [];
    #isOver = false;

    constructor({ dataset }) {
        Object.assign(this, partsOf(dataset), { dataset, userId: Number(dataset.userId) });
        NEWS.forEach(name => {
            this.line[name] = news => this.#tell(name, news);
        });
        this.line.onState = state => {
            this.#tell('onState', state);
            this.line.isEnded && this.#end(state);
        };
    }

    // `listener` may have onStart(), when the page is there, for the first time or again, and line.js's onState(state), onOpen(),
    // onCurrent(), onEvent(event), onReset(); onDraft(otherId) when another tab has changed what is kept for somebody; and onEnded(state), the
    // last thing it hears, while everything is still on the page that is emptied then.
    listen(listener) {
        this.#listeners.push(listener);
    }

    // An answer of conversations.json has come, whoever asked for it: onListed(answer).
    listed(answer) {
        this.#tell('onListed', answer);
    }

    open() {
        watch({
            looked: () => this.line.wake(), left: () => this.#left(), back: () => (this.#isOver ? location.reload() : this.#start()),
            network: isThere => (isThere ? this.line.renew() : this.line.wake()),
        });
        watchActivity(() => this.#isOver || this.activity.noticed());
        addEventListener('storage', event => this.#stored(event));
        this.#start();
    }

    // What other pages have left unsent goes out from here, too.
    #start() {
        this.outbox.open();
        this.#tell('onStart');
        this.line.open();
    }

    #left() {
        hide();
        this.line.pause();
        this.outbox.close();
    }

    #end(state) {
        try {
            this.#tell('onEnded', state);
        } finally {
            this.#isOver = true;
            this.outbox.close();
            emptyPage(this.status.line);
        }
    }

    #stored(event) {
        const entry = this.keep.changed(event), draft = this.drafts.changed(event);
        if (this.keep.isLeftBy(event)) {
            this.line.end('logged-out');
        }
        if (entry) {
            this.outbox.heard(entry);
        }
        if (draft) {
            this.#tell('onDraft', draft);
        }
    }

    #tell(name, news) {
        if (!this.#isOver) {
            this.#own[name]?.(news);
            this.#listeners.forEach(listener => listener[name]?.(news));
        }
    }

    #own = {
        onState: state => this.status.show(state),
        onOpen: () => {
            show();
            this.outbox.flush();
            this.arrivals.tellAgain();
        },
        onEvent: event => this.arrivals.hear(event),
        onReset: () => this.arrivals.forget(),
    };
}

function partsOf(dataset) {
    const userId = Number(dataset.userId);
    const web = new Web({ ...dataset, fetch: (...request) => fetch(...request) });
    const line = lineOf(userId, dataset, web);
    const carry = frame => line.carry(frame);
    const whose = { storage: storage(), home: dataset.commandUrl, userId };
    const keep = new Keep(whose);
    line.outbox = new Outbox({ keep, clock, carry, newRef, tab: new Tab({ id: newRef(), locks: navigator.locks }), epoch: () => line.timeline.epoch });
    return {
        activity: new Activity({ clock, seconds: Number(dataset.activeSeconds), tell: () => web.active() }),
        drafts: new Drafts(whose),
        web,
        line,
        keep,
        outbox: line.outbox,
        arrivals: new Arrivals({ userId, carry, clock }),
        status: new Status({
            line: document.getElementById('connection'), texts: textsOf(dataset),
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
