// Up to where this member has read the conversation. Only the other's messages count; one's own are read by being written.

export class Reading {
    #shown = 0;
    #told = 0;

    // `carry(frame)` returns whether the frame will get there; `isWatched()` whether somebody can be looking; `onTold(frame)` is called after it.
    constructor({ carry, isWatched, onTold = () => {} }) {
        Object.assign(this, { carry, isWatched, onTold });
    }

    // The newest message of the other is in view.
    show(conversation, number) {
        this.conversation = conversation;
        this.#shown = Math.max(this.#shown, number);
        this.tell();
    }

    tell() {
        const news = this.conversation && this.#shown > this.#told && this.isWatched();
        const frame = { type: 'read', conversation: this.conversation, number: this.#shown };
        if (news && this.carry(frame)) {
            this.#told = this.#shown;
            this.onTold(frame);
        }
    }

    // Numbers start over after a reset.
    forget() {
        this.#shown = 0;
        this.#told = 0;
    }
}
