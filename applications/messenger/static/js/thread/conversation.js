// What happens on the page of one conversation: the parts of it told about each other. No part knows another but through here.
import { watch } from '../browser/attention.js';
import { Writing } from '../writing/writing.js';

export class Conversation {
    constructor(parts) {
        Object.assign(this, parts);
        this.writing = new Writing({ ...parts, outbox: parts.live.outbox, follow: change => this.#follow(change) });
        this.#connect();
        this.#watchPage();
    }

    open() {
        this.messages.ids.forEach(id => this.live.line.timeline.see(id));
        this.place.toEnd();
        this.#toNews();
        this.messages.sight.tell(number => this.reading.show(this.thread.conversation, number), () => !this.#isTakenOn);
        this.#scrolled();
    }

    // What is new begins further up, where the reader is taken once that has come: they don't read what they pass.
    get #isTakenOn() {
        const { messages: { first, firstNew, sequence }, history, place } = this;
        return history.hasMore && first > sequence.unread.from && place.isNearStart && firstNew !== undefined && place.isAtStartOf(firstNew);
    }

    #toNews() {
        if (this.messages.firstNew) {
            this.place.toStartOf(this.messages.firstNew);
        }
    }

    #connect() {
        this.live.listen({
            onStart: () => this.writing.open(),
            onState: state => this.messages.lineIs(state),
            onCurrent: () => this.#learnReceipts(),
            onEvent: event => this.#happened(event),
            onReset: () => this.#reset(),
        });
        this.history.onLost = () => this.live.line.isEnded || location.reload();
        this.history.show = messages => this.#showHistory(messages);
    }

    #watchPage() {
        const { list } = this.messages;
        list.addEventListener('scroll', () => this.#scrolled(), { passive: true });
        this.older?.addEventListener('click', event => {
            event.preventDefault();
            this.history.older(this.messages.first);
        });
        watch({ looked: () => this.#looked() });
    }

    #looked() {
        this.messages.sight.look();
        this.reading.tell();
    }

    // Let `change()` change the list; who reads its end goes on reading there.
    #follow(change) {
        this.place.following(() => {
            change();
            this.states.show();
        });
    }

    #happened(event) {
        if (this.thread.isReceipt(event)) {
            this.#receipt({ [event.type]: event.number });
        } else if (event.type === 'message' && this.thread.has(event)) {
            this.thread.learn(event.conversation);
            this.#follow(() => this.messages.put(event));
            this.#tell(event);
        }
    }

    #tell({ sender_id: sender, sender: name, content }) {
        if (sender !== this.thread.userId) {
            this.announcements.arrived({ name: name || this.messages.texts.formerMember, content });
            this.jump.arrived();
        }
    }

    #receipt(numbers) {
        if (this.receipts.learn(numbers)) {
            this.#follow(() => {});
            this.announcements.seen(numbers.read ?? 0);
        }
    }

    // receipts.js says when and why.
    async #learnReceipts() {
        const { thread, messages, receipts } = this;
        if (messages.newestOwn && thread.userId !== thread.otherId && receipts.stateOf(messages.newestOwn) === 'sent') {
            const row = await this.live.web.conversation(thread.conversation, messages.seq).catch(() => null);
            this.#receipt({ read: row?.their_read_number, delivered: row?.their_delivered_number });
        }
    }

    #reset() {
        this.messages.clear();
        [this.reading, this.receipts, this.announcements].forEach(part => part.forget());
        if (this.thread.conversation) {
            this.history.startOver();
        } else {
            // There may be one by now, under an id that only a new page can tell.
            location.reload();
        }
    }

    #showHistory(messages) {
        const isNewest = !this.messages.first;
        // More may be new than the page had: who is where it began is taken to where it really begins.
        const isAtNews = this.messages.firstNew && this.place.isAtStartOf(this.messages.firstNew);
        const show = () => messages.forEach(message => {
            this.live.line.timeline.see(message.id);
            this.messages.put(message);
        });
        this.messages.list.setAttribute('aria-busy', 'true');
        isNewest ? this.place.following(show) : show();
        this.states.show();
        if (isAtNews) {
            this.#toNews();
        }
        this.messages.list.removeAttribute('aria-busy');
        this.older?.toggleAttribute('hidden', !this.history.hasMore);
        if (isNewest) {
            this.#learnReceipts();
        }
        // In a high window a page of short messages may not be enough. Not in this task, nor in the next frame: to lay them out takes a while.
        setTimeout(() => this.#scrolled());
    }

    #scrolled() {
        if (this.place.isNearStart) {
            this.history.older(this.messages.first);
        }
        this.jump.look();
        this.messages.sight.look();
    }
}
