// How far the other member has received and read what one has written: two numbers that never go back.
//
// `read` is an event of the feed and is never missed. `delivered` is not: what was told while there was no line is gone. So its number is asked
// for once when a road is open and caught up, as long as the newest message still counts as sent. While polling it isn't asked for again:
// there a message goes from sent to read, or to delivered when the socket is back.

export class Receipts {
    #read = 0;
    #delivered = 0;

    constructor(numbers = {}) {
        this.learn(numbers);
    }

    // Returns whether anything is new.
    learn({ read = 0, delivered = 0 }) {
        const isNew = read > this.#read || delivered > this.#delivered;
        this.#read = Math.max(this.#read, read);
        this.#delivered = Math.max(this.#delivered, delivered, this.#read);
        return isNew;
    }

    // Numbers start over after a reset.
    forget() {
        this.#read = 0;
        this.#delivered = 0;
    }

    stateOf(number) {
        if (number <= this.#read) {
            return 'read';
        }
        return number <= this.#delivered ? 'delivered' : 'sent';
    }

    // What to say beside one's own messages, an Order of them, as a Map from item to state: each state once, at the last message that has it.
    labels(own) {
        const last = [['read', own.upTo(this.#read)], ['delivered', own.upTo(this.#delivered)], ['sent', own.upTo()]];
        return new Map(last.filter(([, item], index) => item && item !== last[index - 1]?.[1]).map(([state, item]) => [item, state]));
    }
}
