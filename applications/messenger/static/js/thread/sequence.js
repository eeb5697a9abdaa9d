// The items of a thread in their order: where each belongs, and how it stands to the one before it. Nothing here looks at all of them but
// when a day has ended.
import { standingOf } from './model/grouping.js';
import { Order } from './model/order.js';
import { Pieces } from './pieces.js';

export class Sequence {
    firstNew = null;
    #order = new Order();

    // `unread` are the numbers of the first and the last message that others had written and nobody had read when the page was opened.
    constructor({ list, calendar, unread, texts }) {
        Object.assign(this, { calendar, unread, texts, pieces: new Pieces(list), today: calendar.today });
    }

    // Take over what is on the page.
    adopt(items) {
        items.forEach(item => {
            this.#order.add(item);
            this.#notice(item);
        });
        items.forEach(item => this.stand(item));
    }

    get first() {
        return this.#order.first;
    }

    get newest() {
        return this.#order.upTo();
    }

    // Put an item where it belongs after `change()` has changed it; it may have been somewhere else.
    put(item, change) {
        this.#leave(item);
        change();
        this.#order.add(item);
        this.pieces.put(item.element, this.#order.before(item)?.element);
        this.#notice(item);
        this.stand(item);
        this.#standNext(this.#order.after(item), item);
        this.turnDay();
    }

    remove(item) {
        this.#leave(item);
        this.pieces.remove(item.element);
        this.firstNew = this.firstNew === item ? null : this.firstNew;
    }

    // Yesterday was today when it was put on the page.
    turnDay(isElsewhere = false) {
        if (isElsewhere || this.today !== this.calendar.today) {
            this.today = this.calendar.today;
            this.#order.filter(item => isElsewhere || item.startsDay).forEach(item => this.stand(item));
        }
    }

    stand(item) {
        const earlier = this.#order.before(item);
        const standing = standingOf(earlier, item, this.calendar.dayOf, item === this.firstNew);
        item.stand(standing, standing.startsDay && this.calendar.nameOf(item.at), item === this.firstNew && this.texts.news);
        earlier?.mark('continued', standing.continues);
    }

    #leave(item) {
        if (item.element.isConnected) {
            const [earlier, next] = [this.#order.before(item), this.#order.after(item)];
            this.#order.remove(item);
            this.#standNext(next, earlier);
        }
    }

    #standNext(next, item) {
        next ? this.stand(next) : item?.mark('continued', false);
    }

    // The line over what is new stands where the page begins it; older pages may move it up.
    #notice(item) {
        const { number, isOwn } = item;
        if (!isOwn && number >= this.unread.from && number <= this.unread.to && !(number >= this.firstNew?.number)) {
            const later = this.firstNew;
            this.firstNew = item;
            later && this.stand(later);
        }
    }
}
