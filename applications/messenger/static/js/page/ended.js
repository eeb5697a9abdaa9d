// The end of a page: its member's session is over, or has become somebody else's. Nothing of the member stays in the document, only the name
// of the site and the line that says what has happened and leads on.

export function emptyPage(line) {
    const title = document.querySelector('.header__title');
    document.title = title.textContent.trim();
    keepOnly(document.body, title.parentElement, line);
    keepOnly(title.parentElement, title);
    document.body.className = '';
    show();
    // What had the focus is gone.
    line.querySelector('a')?.focus();
}

// The browser may keep the page for the back button, and show it when its member has logged out: not before a server has said who asks.
export function hide() {
    document.documentElement.dataset.away = '';
}

export function show() {
    delete document.documentElement.dataset.away;
}

function keepOnly(element, ...kept) {
    Array.from(element.childNodes).filter(child => !kept.includes(child)).forEach(child => child.remove());
}
