// Says beside one's own messages what has become of them: each state once, at the last message that has it.

export class States {
    #said = new Map();

    // `own` is the Order of one's own messages; `texts` has a word for each state.
    constructor({ own, receipts, texts }) {
        Object.assign(this, { own, receipts, texts });
        // What the server's page says already.
        this.#said = new Map(own.filter(item => item.said).map(item => [item, item.said]));
    }

    show() {
        const said = this.receipts.labels(this.own);
        this.#said.forEach((state, item) => said.get(item) === state || item.say());
        said.forEach((state, item) => this.#said.get(item) === state || item.say(state, this.texts[state]));
        this.#said = said;
    }
}
