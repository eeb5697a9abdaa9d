// What was done in the list and the server doesn't know yet: shown on the rows as if it did.

// The button that marks a conversation as the other of read and unread.
export function offer(button, isUnread, texts) {
    button.name = isUnread ? 'read' : 'unread';
    button.title = isUnread ? texts.markRead : texts.markUnread;
    button.setAttribute('aria-label', button.title);
}

export function showForeseen(item, frame, texts) {
    const link = item.firstElementChild, button = item.lastElementChild;
    if (frame.type === 'mute') {
        item.classList.toggle('conversation--muted', frame.muted);
        put(link, 'conversation__muted', frame.muted && texts.muted);
    } else if (frame.type === 'unread' || frame.number >= Number(button.dataset.number)) {
        const isUnread = frame.type === 'unread';
        item.classList.toggle('conversation--unread', isUnread);
        put(link, 'badge', isUnread && (link.querySelector('.badge')?.textContent || texts.unread));
        offer(button, isUnread, texts);
    }
}

// Have the link end with such a word, or with none.
function put(link, className, text) {
    link.querySelector(`.${className}`)?.remove();
    if (text) {
        const word = document.createElement('span');
        word.className = className;
        word.textContent = text;
        className === 'badge' ? link.append(' ', word) : link.insertBefore(word, link.querySelector('.badge'));
    }
}
