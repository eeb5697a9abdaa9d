// What happens on the page of one conversation: the parts of it told about each other. No part knows another but through here.
import { watch } from './attention.js';

const GIVEN_BACK = new Set(['bad_text', 'too_long']);

export class Conversation {
    constructor(parts) {
        Object.assign(this, parts);
        this.#connect();
        this.#watchPage();
    }

    open() {
        this.messages.ids.forEach(id => this.line.timeline.see(id));
        this.outbox.entries.filter(entry => this.thread.isFor(entry)).forEach(entry => this.#showPending(entry));
        this.place.toEnd();
        this.#scrolled();
        this.line.open();
    }

    #connect() {
        this.line.outbox = this.outbox;
        this.line.onOpen = () => this.#open();
        this.line.onState = state => this.#state(state);
        this.line.onEvent = event => event.type === 'message' && this.#message(event);
        this.line.onReset = () => this.#reset();
        this.outbox.onSent = (entry, ack) => this.thread.isFor(entry) && this.#sent(entry, ack);
        this.outbox.onFailed = (entry, error) => this.thread.isFor(entry) && this.#failed(entry, error);
        this.messages.onRetry = ref => this.#retry(ref);
        this.composer.onWrite = content => this.#write(content);
        this.history.onLost = () => location.reload();
        this.history.show = messages => this.#showHistory(messages);
    }

    #watchPage() {
        const { list } = this.messages;
        list.addEventListener('scroll', () => this.#scrolled(), { passive: true });
        this.older?.addEventListener('click', event => {
            event.preventDefault();
            this.history.older(this.messages.first);
        });
        watch({ looked: () => this.#looked(), left: () => this.line.pause(), back: () => this.line.open() });
    }

    #open() {
        this.outbox.flush();
        this.reading.tellAgain();
        this.#read();
    }

    #state(state) {
        this.status.show(state);
        if (this.line.isEnded) {
            this.composer.close();
        }
    }

    #write(content) {
        this.#showPending(this.outbox.write(this.thread.otherId, content));
        this.place.toEnd();
    }

    #showPending(entry) {
        this.messages.pend(entry);
        if (entry.state === 'failed') {
            this.messages.fail(entry);
        }
    }

    #sent(entry, ack) {
        this.thread.learn(ack.conversation);
        this.place.following(() => this.messages.settle(entry, ack));
    }

    #failed(entry, error) {
        this.composer.complain(error.message);
        if (GIVEN_BACK.has(error.code) && this.composer.giveBack(entry.content)) {
            this.outbox.discard(entry.ref);
            this.messages.remove(entry.ref);
        } else {
            this.place.following(() => this.messages.fail(entry));
        }
    }

    #retry(ref) {
        this.composer.complain('');
        const entry = this.outbox.retry(ref);
        if (entry) {
            this.messages.pend(entry);
        }
        this.composer.focus();
    }

    #message(message) {
        if (this.thread.has(message)) {
            this.thread.learn(message.conversation);
            this.place.following(() => this.messages.put(message));
            this.#read();
        }
    }

    #reset() {
        this.messages.clear();
        this.reading.forget();
        if (this.thread.conversation) {
            this.history.startOver();
        } else {
            // There may be one by now, under an id that only a new page can tell.
            location.reload();
        }
    }

    #showHistory(messages) {
        const isNewest = !this.messages.first;
        const show = () => messages.forEach(message => {
            this.line.timeline.see(message.id);
            this.messages.put(message);
        });
        this.messages.list.setAttribute('aria-busy', 'true');
        this.place[isNewest ? 'following' : 'keeping'](show);
        this.messages.list.removeAttribute('aria-busy');
        this.older?.toggleAttribute('hidden', !this.history.hasMore);
        this.#read();
    }

    #scrolled() {
        if (this.place.isNearStart) {
            this.history.older(this.messages.first);
        }
        this.#read();
    }

    #looked() {
        this.line.wake();
        this.#read();
    }

    // What is above the reader's place has been seen, what is below it has not.
    #read() {
        if (this.place.isAtEnd && this.messages.newestOfOthers) {
            this.reading.show(this.thread.conversation, this.messages.newestOfOthers);
        }
    }
}
