// What the Enter key means where a message is written.
import { isComposing } from '../browser/composing.js';

// `choice` is sends, breaks (a line) or usual: keyboards on a screen have no Shift and Enter, so there Enter breaks.
export function enterOf(choice, isTouch) {
    return choice === 'usual' ? isTouch ? 'breaks' : 'sends' : choice;
}

export function isSend(event, enter) {
    // While an input method composes, Enter chooses a word.
    if (event.key !== 'Enter' || isComposing(event) || event.altKey || event.shiftKey) {
        return false;
    }
    return enter === 'sends' || event.ctrlKey || event.metaKey;
}
