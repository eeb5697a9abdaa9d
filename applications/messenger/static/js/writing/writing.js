// What one writes on this page: from the composer to the outbox, and how it fares until the server has it.

const GIVEN_BACK = new Set(['bad_text', 'too_long']);

export class Writing {
    // `follow(change)` lets `change()` add to the list and keeps the reader where they are.
    constructor({ thread, outbox, composer, messages, place, announcements, follow }) {
        Object.assign(this, { thread, outbox, composer, messages, place, announcements, follow });
        const ours = call => (entry, answer) => thread.isFor(entry) && call(entry, answer);
        outbox.onSent = ours((entry, ack) => this.#sent(entry, ack));
        outbox.onFailed = ours((entry, error) => this.#failed(entry, error));
        outbox.onHeard = ours(entry => follow(() => this.#show(entry)));
        outbox.onDiscarded = ours(entry => messages.removeUnsent(entry.ref));
        messages.onRetry = ref => this.#retry(ref);
        messages.onDiscard = ref => this.#discard(ref);
        composer.onWrite = content => this.#write(content);
    }

    // Show what earlier pages and other tabs have left unsent.
    open() {
        this.messages.removeUnsent();
        this.outbox.entries.filter(entry => this.thread.isFor(entry)).forEach(entry => this.#show(entry));
    }

    #show(entry) {
        const isUnsent = this.messages.pend(entry);
        if (entry.state === 'failed') {
            isUnsent ? this.#fail(entry) : this.outbox.discard(entry.ref);
        }
    }

    #write(content) {
        this.#show(this.outbox.write(this.thread.otherId, content));
        this.place.toEnd();
    }

    #sent(entry, ack) {
        this.thread.learn(ack.conversation);
        this.follow(() => this.messages.settle(entry, ack));
        this.announcements.sent(ack.number);
    }

    #failed(entry, error) {
        this.composer.refuse(entry);
        if (GIVEN_BACK.has(error.code) && this.composer.giveBack(entry.content)) {
            this.outbox.discard(entry.ref);
            this.messages.removeUnsent(entry.ref);
        } else {
            this.follow(() => this.#fail(entry));
            this.announcements.failed();
        }
    }

    #fail({ ref, reason, error }) {
        this.messages.fail({ ref, error: this.composer.refusal(reason) ?? error });
    }

    #retry(ref) {
        this.composer.complain('');
        const entry = this.outbox.retry(ref);
        if (entry) {
            this.messages.pend(entry);
        }
        this.composer.focus();
    }

    #discard(ref) {
        this.composer.complain('');
        this.outbox.discard(ref);
        this.messages.removeUnsent(ref);
        this.composer.focus();
    }
}
