// Which conversation the page is about: two members, and its id once there is one.

export class Thread {
    constructor({ userId, otherId, conversation }) {
        Object.assign(this, { userId, otherId, conversation });
    }

    // The first message between the two makes the conversation, whoever sends it.
    learn(conversation) {
        this.conversation ??= conversation;
    }

    has({ conversation, sender_id: sender, receiver_id: receiver }) {
        const { userId, otherId } = this;
        return conversation === this.conversation
            || (sender === userId && receiver === otherId) || (sender === otherId && receiver === userId);
    }

    // Whether `read` or `delivered` is about what one has written here. Notes to oneself are received by nobody.
    isReceipt({ type, conversation, user_id: reader }) {
        return (type === 'read' || type === 'delivered')
            && conversation === this.conversation && reader === this.otherId && reader !== this.userId;
    }

    isFor(entry) {
        return entry.receiver === this.otherId;
    }
}
