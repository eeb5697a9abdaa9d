// The list of messages on the page: making items from the template, finding them again, keeping them in order.
// Must not live here: what is sent or asked for. Whatever people wrote goes in as text, never as markup.
import { localTime } from './times.js';

export class Messages {
    // `onRetry(ref)` is called when somebody wants a failed message sent again.
    constructor({ list, template, userId, texts, locale, onRetry }) {
        Object.assign(this, { list, template, userId, texts, locale, onRetry });
        list.querySelectorAll('time').forEach(time => this.#localise(time));
    }

    get ids() {
        return Array.from(this.list.querySelectorAll('[data-id]'), item => Number(item.dataset.id));
    }

    get first() {
        return numberOf(this.list.querySelector('[data-number]'));
    }

    // The number of the newest message that somebody else wrote, or 0.
    get newestOfOthers() {
        return numberOf(Array.from(this.list.querySelectorAll('.message--other[data-number]')).at(-1));
    }

    // Show a message of the feed or the history, once, at its place.
    put(message) {
        const item = this.#find('id', message.id) ?? this.#find('ref', message.ref) ?? this.#make(message.sender_id === this.userId);
        this.#name(item, message);
        part(item, 'content').textContent = message.content;
        this.#settle(item, message);
    }

    // Show a message that is on its way.
    pend(entry) {
        const item = this.#find('ref', entry.ref) ?? this.#make(true);
        item.dataset.ref = entry.ref;
        item.classList.add('message--pending');
        item.classList.remove('message--failed');
        part(item, 'retry')?.remove();
        part(item, 'content').textContent = entry.content;
        part(item, 'time').textContent = this.texts.sending;
        this.list.append(item);
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
        item.classList.replace('message--pending', 'message--failed');
        part(item, 'time').textContent = [this.texts.failed, entry.error].filter(Boolean).join(' ');
        item.append(this.#retryButton(entry));
    }

    remove(ref) {
        this.#find('ref', ref)?.remove();
    }

    // Forget all that the server has given; what is on its way stays.
    clear() {
        this.list.querySelectorAll('[data-id]').forEach(item => item.remove());
    }

    #make(isOwn) {
        const item = this.template.content.firstElementChild.cloneNode(true);
        item.classList.remove('message--own', 'message--other');
        item.classList.add('message', isOwn ? 'message--own' : 'message--other');
        return item;
    }

    #name(item, message) {
        part(item, 'sender').querySelector('bdi').textContent = message.sender || this.texts.formerMember;
    }

    #settle(item, { id, number, seq, timestamp }) {
        Object.assign(item.dataset, { id, number, seq });
        item.classList.remove('message--pending', 'message--failed');
        part(item, 'retry')?.remove();
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

    #retryButton(entry) {
        const button = document.createElement('button');
        button.type = 'button';
        button.className = 'message__retry';
        button.textContent = this.texts.retry;
        button.addEventListener('click', () => this.onRetry(entry.ref));
        return button;
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
