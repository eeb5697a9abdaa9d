// A page of older messages, of one that was looked for, or of a former member: nothing comes to it. What is seen there is read, and what is
// written there goes its way from the newest page.
import { isWatched, watch } from '../browser/attention.js';
import { keepDraft } from './chat.js';
import { Composer } from '../writing/composer.js';
import { makeRoomForKeyboard } from '../writing/covered.js';
import { Reading } from './model/reading.js';

export function openOldPage(chat, live, messages) {
    read(chat, live, messages);
    const form = document.getElementById('composer');
    if (form) {
        write(form, live, Number(chat.dataset.otherId));
    }
}

function read({ dataset }, live, messages) {
    const reading = new Reading({ carry: frame => live.do(frame, { isUnasked: true }), isWatched, onTold: frame => live.arrivals.read(frame) });
    const { list, sight } = messages;
    sight.tell(number => reading.show(Number(dataset.conversation), number));
    list.addEventListener('scroll', () => sight.look(), { passive: true });
    watch({
        looked: () => {
            sight.look();
            reading.tell();
        },
    });
    // After a reset the same numbers may be of other messages.
    live.listen({ onReset: () => location.reload() });
}

function write(form, live, otherId) {
    const composer = new Composer({ form, error: document.getElementById('composer-error') });
    composer.onWrite = content => {
        const entry = live.outbox.write(otherId, content);
        live.keep.has(entry) ? location.assign(`${form.action}#latest`) : post(form, entry);
    };
    keepDraft({ live, thread: { otherId }, composer });
    makeRoomForKeyboard();
}

// What can't be kept for the next page goes with the form, as it would without a script. Under the same ref it is the same message.
function post(form, { ref, content }) {
    form.elements.ref.value = ref;
    form.elements.content.value = content;
    form.submit();
}
