// Items in the order of their numbers; those that have none yet come last, in the order they came. Nothing here looks at all of them.

export class Order {
    #items = [];

    get length() {
        return this.#items.length;
    }

    get first() {
        return this.#items[0];
    }

    // Its number must not change while it is in here.
    add(item) {
        this.#items.splice(this.#after(placeOf(item)), 0, item);
    }

    remove(item) {
        const index = this.#indexOf(item);
        if (index >= 0) {
            this.#items.splice(index, 1);
        }
    }

    before(item) {
        return this.#items[this.#indexOf(item) - 1];
    }

    after(item) {
        return this.#items[this.#indexOf(item) + 1];
    }

    // The last item whose number is at most `number`; without one, the last that has a number.
    upTo(number = Number.MAX_SAFE_INTEGER) {
        return this.#items[this.#after(number) - 1];
    }

    filter(isWanted) {
        return this.#items.filter(isWanted);
    }

    // How many items come before the first that is beyond `place`.
    #after(place) {
        let [low, high] = [0, this.#items.length];
        while (low < high) {
            const middle = (low + high) >> 1;
            placeOf(this.#items[middle]) <= place ? low = middle + 1 : high = middle;
        }
        return low;
    }

    #indexOf(item) {
        const index = this.#after(placeOf(item)) - 1;
        return item.number ? (this.#items[index] === item ? index : -1) : this.#items.lastIndexOf(item);
    }
}

function placeOf({ number }) {
    return number || Infinity;
}
