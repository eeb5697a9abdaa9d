// What happens on the page of one conversation: the parts of it told about each other. No part knows another but through here.
import { watch } from './attention.js';
import { Writing } from './writing.js';

export class Conversation {
    constructor(parts) {
        Object.assign(this, parts);
        this.writing = new Writing({ ...parts, follow: change => this.#follow(change) });
        this.#connect();
        this.#watchPage();
    }

    open() {
        this.messages.ids.forEach(id => this.line.timeline.see(id));
        this.writing.open();
        this.place.toEnd();
        this.#scrolled();
        this.line.open();
    }

    #connect() {
        this.line.onOpen = () => this.#opened();
        this.line.onCurrent = () => this.#learnReceipts();
        this.line.onState = state => this.#state(state);
        this.line.onEvent = event => this.#happened(event);
        this.line.onReset = () => this.#reset();
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
        watch({ looked: () => this.#looked(), left: () => this.#left(), back: () => this.#back() });
    }

    #opened() {
        this.outbox.flush();
        this.arrivals.tellAgain();
        this.reading.tellAgain();
        this.#read();
    }

    #state(state) {
        this.status.show(state);
        if (this.line.isEnded) {
            this.composer.close();
        }
    }

    // Let `change()` change the list; who reads its end goes on reading there.
    #follow(change) {
        this.place.following(() => {
            change();
            this.states.show();
        });
    }

    #happened(event) {
        this.arrivals.hear(event);
        if (this.thread.isReceipt(event)) {
            this.#receipt({ [event.type]: event.number });
        } else if (event.type === 'message' && this.thread.has(event)) {
            this.thread.learn(event.conversation);
            this.#follow(() => this.messages.put(event));
            this.#read();
        }
    }

    #receipt(numbers) {
        if (this.receipts.learn(numbers)) {
            this.#follow(() => {});
        }
    }

    // receipts.js says when and why.
    async #learnReceipts() {
        const { thread, messages, receipts } = this;
        if (messages.newestOwn && thread.userId !== thread.otherId && receipts.stateOf(messages.newestOwn) === 'sent') {
            const row = await this.web.conversation(thread.conversation, messages.seq).catch(() => null);
            this.#receipt({ read: row?.their_read_number, delivered: row?.their_delivered_number });
        }
    }

    #reset() {
        this.messages.clear();
        [this.reading, this.arrivals, this.receipts].forEach(part => part.forget());
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
        this.states.show();
        this.messages.list.removeAttribute('aria-busy');
        this.older?.toggleAttribute('hidden', !this.history.hasMore);
        this.#read();
        if (isNewest) {
            this.#learnReceipts();
        }
    }

    #scrolled() {
        if (this.place.isNearStart) {
            this.history.older(this.messages.first);
        }
        this.#read();
    }

    #left() {
        this.line.pause();
        this.outbox.close();
    }

    #back() {
        this.writing.open();
        this.line.open();
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
