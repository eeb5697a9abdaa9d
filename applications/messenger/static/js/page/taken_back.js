// The line that says that something was refused for good which the page has shown as done.

// Say that what somebody asked for was refused for good, until they ask for something else.
export function sayTakenBack({ state, error, isUnasked }, sentence) {
    if (!isUnasked && (error || state === 'waits')) {
        document.getElementById('taken-back')?.remove();
    }
    if (!isUnasked && error) {
        const line = document.createElement('p');
        Object.assign(line, { id: 'taken-back', className: 'flash', textContent: sentence });
        line.setAttribute('role', 'alert');
        document.getElementById('main').before(line);
    }
}
