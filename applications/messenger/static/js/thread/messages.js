// The messages on the page: finding them again, and what becomes of each.
// Must not live here: what is sent or asked for, where a message belongs (sequence.js), and what it looks like (item.js).
import { isWatched } from '../browser/attention.js';
import { Calendar } from './model/calendar.js';
import { Item } from './item.js';
import { Order } from './model/order.js';
import { Sequence } from './sequence.js';
import { Sight } from './sight.js';
import { textsOf } from '../browser/texts.js';

const WITHOUT_A_LINE = new Set(['unanswered', 'offline']);

export function messagesOn(list, locale) {
    const texts = textsOf(list.dataset);
    return new Messages({
        list, texts, template: document.getElementById('message-template'), userId: Number(list.dataset.userId),
        calendar: new Calendar({ locale, texts }), unread: { from: Number(list.dataset.unreadFrom), to: Number(list.dataset.unreadTo) },
        sight: new Sight({ list, isWatched }),
    });
}

export class Messages {
    own = new Order();
    #byId = new Map();
    #byRef = new Map();

    // `list` holds the messages of the server, `unread` are the numbers of the first and the last of them that was unread. `onRetry(ref)` and
    // `onDiscard(ref)` are called when somebody decides what becomes of a failed message.
    constructor({ list, template, userId, texts, calendar, unread, sight }) {
        const nobody = { onRetry: () => {}, onDiscard: () => {} };
        Object.assign(this, { list, template, userId, texts, calendar, sight, pending: texts.sending, ...nobody });
        this.sequence = new Sequence({ list: list.querySelector('.thread__pieces'), calendar, unread, texts });
        const items = Array.from(list.querySelectorAll('.message'), Item.found);
        items.forEach(item => this.#know(item));
        this.sequence.adopt(items);
    }

    get ids() {
        return Array.from(this.#byId.keys());
    }

    // The numbers of the first message and of the newest of one's own, and the place of the newest in the feed; or 0.
    get first() {
        return this.sequence.first?.number ?? 0;
    }

    get newestOwn() {
        return this.own.upTo()?.number ?? 0;
    }

    // The element of the first message that is new, if there is one on the page.
    get firstNew() {
        return this.sequence.firstNew?.element;
    }

    get seq() {
        return this.sequence.newest?.seq ?? 0;
    }

    // Show a message of the feed or the history, once, at its place.
    put(message) {
        const { id, ref, sender_id: sender = '', sender: name, content } = message;
        const item = this.#byId.get(id) ?? this.#byRef.get(ref) ?? Item.made(this.template, sender === this.userId);
        item.sender = String(sender);
        item.write(name || this.texts.formerMember, content);
        this.#settle(item, message);
    }

    // Show a message that is on its way; returns false when it has arrived, which the page may know before the outbox.
    pend({ ref, content, at }) {
        const item = this.#byRef.get(ref) ?? Item.made(this.template, true);
        if (item.id) {
            return false;
        }
        item.write('', content);
        item.become('pending', this.pending);
        this.sequence.put(item, () => item.wait({ ref, sender: String(this.userId), at: new Date(at * 1000).toISOString() }));
        this.#byRef.set(ref, item);
        return true;
    }

    // The line is in another state: what is pending is on its way, or waits.
    lineIs(state) {
        this.pending = WITHOUT_A_LINE.has(state) ? this.texts.waits : this.texts.sending;
        this.#byRef.forEach(item => item.isPending && item.become('pending', this.pending));
    }

    // The server has stored it.
    settle({ ref }, ack) {
        const item = this.#byRef.get(ref);
        if (item && !item.id) {
            this.#settle(item, ack);
        }
    }

    fail({ ref, error }) {
        const item = this.#byRef.get(ref);
        item.become('failed', [this.texts.failed, error].filter(Boolean).join(' '));
        item.offer('retry', this.texts.retry, () => this.onRetry(ref));
        item.offer('discard', this.texts.discard, () => this.onDiscard(ref));
        this.sequence.stand(item);
    }

    // Forget an unsent message, or all of them.
    removeUnsent(ref = null) {
        (ref ? [this.#byRef.get(ref)] : Array.from(this.#byRef.values())).filter(item => item && !item.id).forEach(item => this.#remove(item));
    }

    // Forget all that the server has given; what is on its way stays.
    clear() {
        Array.from(this.#byId.values()).forEach(item => this.#remove(item));
        this.sight.forget();
        this.sequence.unread = {};
    }

    // The reader's day has ended, or they have gone where it is another time.
    turnDay(isElsewhere = false) {
        if (isElsewhere) {
            this.#byId.forEach(item => item.tellTime(this.calendar));
        }
        this.sequence.turnDay(isElsewhere);
    }

    #settle(item, stored) {
        item.become('stored');
        this.sequence.put(item, () => item.store(stored));
        this.#know(item);
    }

    #know(item) {
        item.tellTime(this.calendar);
        this.#byId.set(item.id, item);
        item.ref && this.#byRef.set(item.ref, item);
        if (item.isOwn) {
            this.own.remove(item);
            this.own.add(item);
        } else {
            this.sight.follow(item);
        }
    }

    #remove(item) {
        this.sequence.remove(item);
        this.own.remove(item);
        this.sight.leave(item);
        this.#byId.delete(item.id);
        this.#byRef.delete(item.ref);
    }
}
