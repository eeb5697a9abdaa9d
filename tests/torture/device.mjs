// A member's page without the page: the scripts of static/js wired as live.js wires them, and a record of all that came and went.
// Its clock runs faster than the wall's, so that waits made for people's patience fit into a short round.
import { Arrivals } from '../../applications/messenger/static/js/wire/arrivals.js';
import { Backoff } from '../../applications/messenger/static/js/wire/backoff.js';
import { clock } from '../../applications/messenger/static/js/wire/clock.js';
import { Keep } from '../../applications/messenger/static/js/unsent/keep.js';
import { Line } from '../../applications/messenger/static/js/wire/line.js';
import { Outbox } from '../../applications/messenger/static/js/unsent/outbox.js';
import { Polling } from '../../applications/messenger/static/js/wire/polling.js';
import { newRef } from '../../applications/messenger/static/js/unsent/ref.js';
import { LiveSocket } from '../../applications/messenger/static/js/wire/socket.js';
import { Tab } from '../../applications/messenger/static/js/unsent/tab.js';
import { Timeline } from '../../applications/messenger/static/js/wire/timeline.js';
import { Web } from '../../applications/messenger/static/js/wire/web.js';
import { WebSocket } from './websocket.mjs';

const HASTE = 5;
const WEB_SECONDS = 4;
const JSON_ADDRESSES = '/messenger/messaging';
const hasty = { now: () => clock.now() * HASTE, after: (seconds, call) => clock.after(seconds / HASTE, call) };

export class Device {
    constructor({ name, user_id: userId, cookie, origin, site, socket, seq, epoch }, random) {
        Object.assign(this, { name, userId, random, site, epoch });
        Object.assign(this, { sends: new Map(), page: [], ids: new Set(), heard: [], pushes: [], closes: [], states: [], resets: 0, opened: null, isBehind: false });
        this.headers = { Cookie: cookie, Origin: origin };
        this.address = `${socket}/messenger/messaging/stream/listen?v=1`;
        this.line = this.#line(userId, new Timeline({ seq, epoch }), random);
        this.outbox = this.line.unsent = this.#outbox();
        this.arrivals = new Arrivals({ userId, clock: hasty, carry: frame => this.line.carry(frame) });
        this.outbox.open();
    }

    write(receiver, content) {
        // Before the entry is there its answer can't be, so its name is noted when it is made.
        this.writing = { receiver, content, outcome: 'unknown', attempts: 0, at: Date.now() };
        this.outbox.write(receiver, content);
    }

    read({ conversation, number }) {
        this.line.carry({ type: 'read', conversation, number });
    }

    // -- what happens to a page --

    leave() {
        this.line.pause();
        this.outbox.close();
    }

    back() {
        this.outbox.open();
        this.line.open();
    }

    cut() {
        this.opened?.cut();
    }

    get acked() {
        return Array.from(this.sends.values()).filter(send => send.outcome === 'ok').length;
    }

    get isQuiet() {
        return this.outbox.entries.length === 0;
    }

    has(ids) {
        return ids.every(id => this.ids.has(id));
    }

    isCurrent(seq = 0) {
        return this.line.socket.state === 'online' && this.line.timeline.question === null && this.line.timeline.seq >= seq;
    }

    get report() {
        const { name, userId, page, heard, pushes, closes, states, resets, isBehind } = this;
        const sends = Array.from(this.sends, ([ref, send]) => ({ ref, ...send }));
        return { name, user_id: userId, page, heard, pushes, closes, states, resets, behind: isBehind, sends };
    }

    // -- wiring --

    #line(userId, timeline, random) {
        const [updatesUrl, historyUrl, conversationsUrl, commandUrl] = ['updates', 'history', 'conversations', 'command']
            .map(what => `${this.site}${JSON_ADDRESSES}/${what}.json`);
        const web = new Web({ updatesUrl, historyUrl, conversationsUrl, commandUrl, userId, seconds: WEB_SECONDS, fetch: (...asked) => this.#fetch(...asked) });
        const line = new Line({
            userId, web, timeline, clock: hasty,
            socket: new LiveSocket({ clock: hasty, backoff: new Backoff({ random }), open: () => this.#open() }),
            polling: new Polling({ clock: hasty, isHidden: () => false, ask: () => this.#ask(web, timeline) }),
        });
        line.onOpen = () => {
            this.outbox.flush();
            this.arrivals.tellAgain();
        };
        line.onState = state => this.states.includes(state) || this.states.push(state);
        line.onReset = () => { this.resets += 1; };
        line.onEvent = event => this.#happened(event);
        return line;
    }

    #outbox() {
        const outbox = new Outbox({
            keep: new Keep({ storage: null, home: this.site, userId: this.userId }), clock: hasty, epoch: () => this.epoch,
            tab: new Tab({ id: this.name, locks: undefined }), newRef: () => this.#newRef(), carry: frame => this.#carry(frame),
        });
        outbox.onSent = (entry, ack) => this.#learn(entry, { outcome: 'ok', ack });
        outbox.onFailed = (entry, error) => this.#learn(entry, { outcome: 'fail', code: error.code });
        return outbox;
    }

    #newRef() {
        const ref = newRef();
        this.sends.set(ref, this.writing);
        return ref;
    }

    #carry(frame) {
        const carried = this.line.carry(frame);
        this.sends.get(frame.ref).attempts += carried ? 1 : 0;
        return carried;
    }

    #learn({ ref }, news) {
        const send = this.sends.get(ref);
        Object.assign(send, news, { waited: (Date.now() - send.at) / 1000 });
    }

    #fetch(url, options) {
        return fetch(url, { ...options, headers: { ...options.headers, ...this.headers, Origin: this.site } });
    }

    #open() {
        const pushes = [];
        this.pushes.push(pushes);
        this.opened = new WebSocket(this.address, this.headers, {
            message: text => this.#overheard(JSON.parse(text), pushes), close: code => this.closes.push(code),
        });
        return this.opened;
    }

    async #ask(web, timeline) {
        const page = await web.updates({ since: timeline.seq, epoch: timeline.epoch });
        page.events.forEach(event => this.#overheard(event));
        return page;
    }

    #overheard(frame, pushes = null) {
        const { type, seq, conversation, sender_id: sender, receiver_id: receiver } = frame;
        if (conversation && type !== 'ack') {
            this.heard.push([type, conversation, sender ?? null, receiver ?? null]);
        }
        // Only once nothing is missing: before, answers to a sync come in between.
        if (seq && (type === 'message' || type === 'read') && pushes && this.line.timeline.question === null) {
            pushes.push(seq);
        }
    }

    #happened(event) {
        this.arrivals.hear(event);
        // One's own come again when they are an answer too; the page then has them.
        if (event.type === 'message' && !(event.ref && this.ids.has(event.id))) {
            const { seq, id, conversation, number, sender_id, receiver_id, content } = event;
            this.page.push({ seq, id, conversation, number, sender: sender_id, receiver: receiver_id, content });
            this.ids.add(id);
            this.onMessage?.(event);
        }
    }
}
