// Whether a key belongs to an input method that composes a word: then it is none for the page.

export function isComposing({ isComposing: isSaid, keyCode }) {
    // Safari has ended the word when it hands on the key that ended it, and says so by the key code only.
    return isSaid === true || keyCode === 229;
}
