// Long texts are folded by css/folds.css, and open without a script, too. Here the reader's place is kept while one opens or closes, and
// whatever leads into what is folded away opens it: the browser's own search, the Tab key, a selection that is drawn on. Where the window is
// so wide, or so little of a text is seen, that there is nothing more of it, none is offered.

const FOLD = '.fold', FOLDED = '.fold:not([open]) + *';

export function watchFolds() {
    document.addEventListener('click', event => {
        const fold = event.target.closest?.(FOLD);
        if (fold) {
            event.preventDefault();
            turn(fold);
        }
    });
    // They all scroll to what they lead to, though there is no scrollbar.
    document.addEventListener('scroll', ({ target }) => {
        if (target.matches?.(FOLDED) && target.scrollTop) {
            turn(target.previousElementSibling);
        }
    }, { capture: true, passive: true });
    const folds = document.getElementsByClassName('fold'), sizes = new ResizeObserver(judge);
    const watch = () => [...folds].forEach(fold => sizes.observe(fold.nextElementSibling));
    new MutationObserver(watch).observe(document.body, { childList: true, subtree: true });
    watch();
}

function judge(changes) {
    for (const { target: text } of changes) {
        const fold = text.previousElementSibling;
        if (fold?.matches(FOLD) && !fold.open) {
            fold.classList.toggle('fold--needless', text.scrollHeight <= text.clientHeight + 1);
        }
    }
}

// Who opens a text reads on below what they have read; who closes it goes on from where the button was, and so does the button.
function turn(fold) {
    const text = fold.nextElementSibling;
    const place = fold.open ? () => fold.getBoundingClientRect().bottom : () => text.getBoundingClientRect().top - text.scrollTop;
    const before = place();
    fold.open = !fold.open;
    text.scrollTop = 0;
    scrollerOf(fold).scrollTop += place() - before;
}

function scrollerOf(element) {
    return element.closest('.thread__log') ?? document.scrollingElement;
}
