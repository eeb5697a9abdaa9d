// Shows in the list of conversations what has been begun in which. Whatever people wrote goes in as text, never as markup.
import { inOneLine } from '../shown/lines.js';

const SHOWN_CHARACTERS = 200;

// `drafts` is a Map by the other's id, `hereId` whose conversation is open beside the list: there the text is in the composer.
export function showDrafts({ rows, drafts, label, hereId }) {
    for (const item of rows.children) {
        const link = item.querySelector('.conversation__link');
        const person = Number(/\/(\d+)$/.exec(link.pathname)?.[1]);
        const draft = person === hereId ? null : drafts.get(person);
        link.querySelector('.conversation__draft')?.remove();
        item.classList.toggle('conversation--draft', Boolean(draft));
        if (draft) {
            link.querySelector('.conversation__last').after(lineOf(label, draft));
        }
    }
}

function lineOf(label, draft) {
    const line = document.createElement('span');
    line.className = 'conversation__last conversation__draft';
    const name = document.createElement('b');
    name.textContent = label;
    const words = document.createElement('bdi');
    words.textContent = inOneLine(draft, SHOWN_CHARACTERS);
    line.append(name, ' ', words);
    return line;
}
