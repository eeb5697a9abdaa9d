// What has arrived for the inbox since its page was made. Knows no page.

export class Fresh {
    #arrived = new Map();

    // `onlyWaiting`: the page shows what is unread, so what is read elsewhere meanwhile is not new to it.
    constructor({ userId, onlyWaiting }) {
        Object.assign(this, { userId, onlyWaiting });
    }

    get count() {
        return this.#arrived.size;
    }

    // An event of the feed.
    hear(event) {
        if (event.type === 'message' && event.receiver_id === this.userId && event.sender_id !== this.userId) {
            this.#arrived.set(event.id, event);
        } else if (event.type === 'read' && event.user_id === this.userId && this.onlyWaiting) {
            this.#forget(({ conversation, number }) => conversation === event.conversation && number <= event.number);
        }
    }

    // These letters are on the page.
    seen(ids) {
        ids.forEach(id => this.#arrived.delete(id));
    }

    #forget(isOld) {
        Array.from(this.#arrived.values()).filter(isOld).forEach(({ id }) => this.#arrived.delete(id));
    }
}
