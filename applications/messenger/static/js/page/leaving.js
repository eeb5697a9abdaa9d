// Logging out takes what this browser keeps for a member away with it. Whoever has unsent messages is told so first.

export function watchLeaving({ link, hasUnsent, text }) {
    let isTold = false;
    link?.addEventListener('click', event => {
        if (hasUnsent() && !isTold) {
            event.preventDefault();
            isTold = true;
            document.querySelector('main').before(warning(text));
        }
    });
}

function warning(text) {
    const line = document.createElement('p');
    line.className = 'flash';
    line.setAttribute('role', 'alert');
    line.textContent = text;
    return line;
}
