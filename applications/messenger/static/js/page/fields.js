// The forms of pages that go to the server: what is written in them is kept until a page says that it was taken.
import { Drafting } from '../unsent/drafting.js';
import { newRef } from '../unsent/ref.js';

const NUMBERED = /^.*#\s*(\d+)\s*$|^\s*(\d+)\s*$/s;

// What was posted and taken is no draft any more: before anything is shown of those.
export function forgetTaken({ drafts }) {
    const said = document.querySelector('meta[name=sent]')?.content.split(' ') ?? [];
    const begun = document.getElementById('chat') ? [refOfBegun(drafts)] : [];
    drafts.taken([...said, ...begun]);
}

export function openFields(live) {
    document.querySelectorAll('.send-form').forEach(form => openWrite(form, live));
    document.querySelectorAll('.start .find').forEach(form => keepForm(form, live, { place: 'begin', names: ['receiver'] }));
}

function openWrite(form, live) {
    const person = answeredBy(form, live.drafts);
    const details = form.closest('details');
    const kept = person ? { place: person, names: ['content'] } : { place: 'new', names: ['receiver', 'content'] };
    const fields = keepForm(form, live, kept);
    if (details && fields.text) {
        details.open = true;
    }
}

// An answer that was refused, or had to wait for a login, comes back in the form for all: it is still the text to that person.
function answeredBy({ elements: { letter, receiver, content } }, drafts) {
    const [, , , sender] = letter?.value.split('.') ?? [];
    const [, behindName, alone] = NUMBERED.exec(receiver.value) ?? [];
    const person = Number(sender ?? behindName ?? alone) || null;
    return content.value.trim() && person && (sender || drafts.of(person).trim() === content.value.trim()) ? person : null;
}

function keepForm(form, live, { place, names }) {
    const fields = new Fields(form, names);
    const drafting = new Drafting({ drafts: live.drafts, composer: fields, place, isUsed: () => document.hasFocus() });
    drafting.open();
    live.listen({ onBack: () => reopen(form, drafting), onDraft: changed => drafting.heard(changed) });
    form.addEventListener('submit', () => live.drafts.posted(place, fields.text, refOf(form, live.drafts, place, fields.text)));
    return fields;
}

// The form of a page that is there again may have been sent: what is written in it now is another message.
function reopen({ elements: { ref } }, drafting) {
    drafting.reopen();
    if (ref && !drafting.composer.text) {
        ref.value = newRef();
    }
}

function refOf({ elements: { ref } }, drafts, place, text) {
    if (!ref) {
        return refOfBegun(drafts);
    }
    ref.value = drafts.refOf(place, text) ?? ref.value;
    return ref.value;
}

// Who was asked for has no ref; the chat with them says that they were found.
function refOfBegun({ tab }) {
    return `begin.${tab.id}`;
}

// The fields of a form as one text: that of the only one, or all of them in JSON.
class Fields {
    constructor(form, names) {
        this.inputs = names.map(name => form.elements[name]);
        form.addEventListener('input', () => this.onChange(this.text));
    }

    get text() {
        const values = this.inputs.map(({ value }) => value);
        return values.every(value => !value.trim()) ? '' : values.length > 1 ? JSON.stringify(values) : values[0];
    }

    set text(text) {
        const values = this.inputs.length > 1 ? listed(text) : [text];
        this.inputs.forEach((input, index) => {
            input.value = values[index] ?? '';
        });
    }
}

function listed(text) {
    try {
        const values = JSON.parse(text);
        return Array.isArray(values) ? values : [];
    } catch {
        return [];
    }
}
