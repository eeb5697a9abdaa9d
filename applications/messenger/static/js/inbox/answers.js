// The answers below the letters of the inbox. What is written in one is the text to that person that their chat shows, too, until it is sent.
import { isComposing } from '../browser/composing.js';
import { Drafting } from '../unsent/drafting.js';
import { newRef } from '../unsent/ref.js';
import { isSend } from '../writing/keys.js';

export function openAnswers(list, live) {
    const answers = new Answers(list, live.drafts);
    answers.openKept();
    live.listen({ onBack: () => answers.reopen(), onDraft: place => answers.each(drafting => drafting.heard(place)) });
    list.addEventListener('keydown', event => answerKey(event));
}

class Answers {
    #draftings = new Map();
    #openedHere = new WeakSet();

    constructor(list, drafts) {
        Object.assign(this, { list, drafts, form: document.getElementById('answers') });
        // The folds of long letters are heard, too.
        list.addEventListener('toggle', ({ target }) => target.open && target.matches('.answer') && this.#opened(target), true);
        list.addEventListener('input', ({ target }) => this.#of(target).composer.written(target));
        this.form.addEventListener('submit', ({ submitter }) => this.#posted(submitter));
    }

    // An answer that was begun on an earlier page is open again.
    openKept() {
        const all = Array.from(this.list.querySelectorAll('.answer'));
        all.forEach(details => this.#of(details));
        this.each(({ where }) => {
            const details = where && all.find(one => one.querySelector('textarea').name === where);
            if (details) {
                this.#openedHere.add(details);
                details.open = true;
            }
        });
    }

    // Answers of a page that is there again may have been sent: what is written now is another message.
    reopen() {
        this.each(drafting => drafting.reopen());
        if (!Array.from(this.#draftings.values()).some(({ composer }) => composer.text)) {
            this.form.elements.ref.value = newRef();
        }
    }

    each(call) {
        this.#draftings.forEach(call);
    }

    #opened(details) {
        const field = details.querySelector('textarea');
        field.value = this.#of(details).composer.text;
        if (!this.#openedHere.delete(details)) {
            field.focus();
        }
    }

    #posted(button) {
        const [letter] = button.value.split('.'), { ref } = this.form.elements;
        const person = personOf(button), text = button.closest('.answer').querySelector('textarea').value;
        const before = this.drafts.refOf(person, text);
        if (before?.endsWith(`.${letter}`)) {
            ref.value = before.slice(0, -letter.length - 1);
        }
        this.drafts.posted(person, text, `${ref.value}.${letter}`);
    }

    #of(element) {
        const person = personOf(element);
        if (!this.#draftings.has(person)) {
            const composer = new AnswerTo(this.list, person);
            this.#draftings.set(person, new Drafting({ drafts: this.drafts, composer, place: person, isUsed: () => document.hasFocus() }));
            this.#draftings.get(person).open();
        }
        return this.#draftings.get(person);
    }
}

// The one text to a person in all fields that are open to answer them.
class AnswerTo {
    #text = '';

    constructor(list, person) {
        Object.assign(this, { list, person });
        // Somebody may write before the script is there.
        const early = this.#fields.find(field => field.value);
        this.#text = early?.value ?? '';
        this.where = early?.name;
    }

    get text() {
        return this.#text;
    }

    set text(text) {
        this.#text = text;
        this.#fields.forEach(field => {
            field.value = text;
        });
    }

    written(field) {
        this.#text = field.value;
        this.#fields.filter(other => other !== field).forEach(other => {
            other.value = field.value;
        });
        this.onChange(field.value, field.name);
    }

    get #fields() {
        return Array.from(this.list.querySelectorAll('.answer[open] textarea')).filter(field => personOf(field) === this.person);
    }
}

function personOf(element) {
    return Number(element.closest('.answer').querySelector('button').value.split('.')[3]);
}

function answerKey(event) {
    const answer = event.target.closest('.answer');
    if (answer && isSend(event, 'breaks')) {
        event.preventDefault();
        answer.querySelector('button').click();
    } else if (answer && event.key === 'Escape' && !isComposing(event)) {
        answer.open = false;
        answer.querySelector('summary').focus();
    }
}
