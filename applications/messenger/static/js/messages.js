// The list of messages on the page: making items from the template, finding them again, keeping them in order.
// Must not live here: what is sent or asked for. Whatever people wrote goes in as text, never as markup.
import { localTime } from './times.js';

export class Messages {
    // `onRetry(ref)` and `onDiscard(ref)` are called when somebody decides what becomes of a failed message.
    constructor({ list, template, userId, texts, locale }) {
        Object.assign(this, { list, template, userId, texts, locale, onRetry: () => {}, onDiscard: () => {} });
        list.querySelectorAll('time').forEach(time => this.#localise(time));
    }

    get ids() {
        return Array.from(this.list.querySelectorAll('[data-id]'), item => Number(item.dataset.id));
    }

    get first() {
        return numberOf(this.list.querySelector('[data-number]'));
    }

    // The numbers of the newest message of somebody else and of one's own, and the newest one's place in the feed; or 0.
    get newestOfOthers() {
        return numberOf(this.#last('.message--other[data-number]'));
    }

    get newestOwn() {
        return numberOf(this.#last('.message--own[data-number]'));
    }

    get seq() {
        return Number(this.#last('[data-seq]')?.dataset.seq ?? 0);
    }

    // Show a message of the feed or the history, once, at its place.
    put(message) {
        const item = this.#find('id', message.id) ?? this.#find('ref', message.ref) ?? this.#make(message.sender_id === this.userId);
        this.#name(item, message);
        part(item, 'content').textContent = message.content;
        this.#settle(item, message);
    }

    // Show a message that is on its way; returns false when it has arrived, which the page may know before the outbox.
    pend(entry) {
        const item = this.#find('ref', entry.ref) ?? this.#make(true);
        if (item.dataset.id) {
            return false;
        }
        item.dataset.ref = entry.ref;
        this.#become(item, 'message--pending');
        part(item, 'content').textContent = entry.content;
        part(item, 'time').textContent = this.texts.sending;
        this.list.append(item);
        return true;
    }

    // The server has stored it.
    settle(entry, ack) {
        const item = this.#find('ref', entry.ref);
        if (item && !item.dataset.id) {
            this.#settle(item, ack);
        }
    }

    fail(entry) {
        const item = this.#find('ref', entry.ref);
        this.#become(item, 'message--failed');
        part(item, 'time').textContent = [this.texts.failed, entry.error].filter(Boolean).join(' ');
        item.append(this.#choice('retry', () => this.onRetry(entry.ref)), this.#choice('discard', () => this.onDiscard(entry.ref)));
    }

    // Forget an unsent message, or all of them.
    removeUnsent(ref = null) {
        const unsent = ref ? `[data-ref="${CSS.escape(ref)}"]:not([data-id])` : ':scope > :not([data-id])';
        this.list.querySelectorAll(unsent).forEach(item => item.remove());
    }

    // Forget all that the server has given; what is on its way stays.
    clear() {
        this.list.querySelectorAll('[data-id]').forEach(item => item.remove());
    }

    #make(isOwn) {
        const item = this.template.content.firstElementChild.cloneNode(true);
        item.classList.remove('message--own', 'message--other');
        item.classList.add('message', isOwn ? 'message--own' : 'message--other');
        if (!isOwn) {
            part(item, 'state')?.remove();
        }
        return item;
    }

    #become(item, ...state) {
        item.classList.remove('message--pending', 'message--failed');
        item.querySelectorAll('button').forEach(button => button.remove());
        item.classList.add(...state);
    }

    #name(item, message) {
        part(item, 'sender').querySelector('bdi').textContent = message.sender || this.texts.formerMember;
    }

    #settle(item, { id, number, seq, timestamp, ref }) {
        Object.assign(item.dataset, { id, number, seq }, ref && { ref });
        this.#become(item);
        part(item, 'time').dateTime = timestamp;
        this.#localise(part(item, 'time'));
        this.#place(item, number);
    }

    #place(item, number) {
        const later = Array.from(this.list.children)
            .find(other => other !== item && !(Number(other.dataset.number) <= number));
        if (item.parentNode !== this.list || item.nextElementSibling !== (later ?? null)) {
            this.list.insertBefore(item, later ?? null);
        }
    }

    #localise(time) {
        time.title = time.dateTime;
        time.textContent = localTime(time.dateTime, this.locale) || time.textContent;
    }

    #choice(name, chosen) {
        const button = document.createElement('button');
        button.type = 'button';
        button.className = `message__${name}`;
        button.textContent = this.texts[name];
        button.addEventListener('click', chosen);
        return button;
    }

    #last(selector) {
        return Array.from(this.list.querySelectorAll(selector)).at(-1);
    }

    #find(name, value) {
        return value ? this.list.querySelector(`[data-${name}="${CSS.escape(value)}"]`) : null;
    }
}

function part(item, name) {
    return item.querySelector(`.message__${name}`);
}

function numberOf(item) {
    return Number(item?.dataset.number ?? 0);
}
