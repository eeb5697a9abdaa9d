// Logging out takes what this browser keeps for a member away with it, and so does the end of the account. Where that can be done, it is
// said beforehand what will be lost.
import { countedBy } from '../shown/plural.js';
import { Keep } from '../unsent/keep.js';
import { countDrafts } from '../unsent/texts.js';

// `place` is where it is said, whose data has the sentences.
export function openLeaving(place, { storage, language }) {
    const { home, userId, textMessages, textDrafts } = place.dataset;
    const whose = { storage, home, userId };
    const kept = [
        [countedBy(textMessages, language), () => new Keep(whose).load()?.length ?? 0],
        [countedBy(textDrafts, language), () => countDrafts(whose)],
    ];
    const say = () => place.replaceChildren(...kept.flatMap(([sentence, count]) => linesOf(sentence, count())));
    // Other tabs go on sending, and may be written in.
    addEventListener('storage', say);
    addEventListener('pageshow', say);
    say();
}

function linesOf(sentence, count) {
    const line = document.createElement('p');
    line.className = 'unsent';
    line.textContent = count ? sentence(count) : '';
    return count ? [line] : [];
}
