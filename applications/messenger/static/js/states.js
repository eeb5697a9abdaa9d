// Shows beside one's own messages what has become of them.

export class States {
    // `texts` has a word for each state.
    constructor({ list, receipts, texts }) {
        Object.assign(this, { list, receipts, texts });
    }

    show() {
        const items = Array.from(this.list.querySelectorAll('.message--own[data-number]'));
        const labels = this.receipts.labels(items.map(item => Number(item.dataset.number)));
        items.forEach((item, index) => this.#say(item.querySelector('.message__state'), labels[index]));
    }

    // Notes to oneself have no place for it.
    #say(place, { state, isSaid }) {
        if (!place) {
            return;
        }
        place.hidden = !isSaid;
        if (place.dataset.state !== state) {
            place.dataset.state = state;
            place.textContent = this.texts[state];
        }
    }
}
