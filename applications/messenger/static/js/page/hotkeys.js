// What the keyboard does beyond a browser's own: shortcuts, and the list of them. Never while somebody writes, but for Escape.
import { isComposing } from '../browser/composing.js';
import { Shortcuts } from './shortcuts.js';

const FIELDS = 'input:not([type=checkbox], [type=radio], [type=submit]), textarea, select, [contenteditable]';
const ROWS = '.letter, .conversation';

export function openHotkeys(dialog) {
    const shortcuts = new Shortcuts();
    const isOn = document.documentElement.dataset.shortcuts !== 'off';
    const doing = actions(dialog);
    document.addEventListener('keydown', event => {
        const isElsewhere = !dialog.isConnected || document.querySelector('dialog[open]');
        if (!event.defaultPrevented && !isComposing(event) && !isElsewhere) {
            const asked = event.target.closest(FIELDS) ? inField(event) : outside(event) ?? (isOn && shortcuts.askedBy(event));
            if (asked && doing[asked]()) {
                event.preventDefault();
            }
        }
    });
    dialog.querySelector('button').addEventListener('click', () => dialog.close());
    document.querySelectorAll('.shortcuts-open').forEach(button => {
        button.hidden = false;
        button.addEventListener('click', () => doing.help());
    });
}

function inField({ key, target }) {
    return key === 'Escape' && target.closest('#composer') ? 'leave' : null;
}

// The arrows scroll, but in the list of conversations they lead from one to the next.
function outside({ key, target, ctrlKey, altKey, metaKey, shiftKey }) {
    const isPlain = !(ctrlKey || altKey || metaKey || shiftKey) && target.closest('.conversation');
    return isPlain ? { ArrowDown: 'next', ArrowUp: 'previous' }[key] : null;
}

// Each returns whether there was something to do.
function actions(dialog) {
    const { dataset } = dialog;
    return {
        help: () => show(dialog),
        search: () => focus(document.querySelector('input[type=search]')) || go(dataset.searchUrl),
        begin: () => focus(document.querySelector('.start #receiver')) || go(dataset.beginUrl),
        inbox: () => go(dataset.inboxUrl),
        chats: () => go(dataset.chatsUrl),
        next: () => move(1),
        previous: () => move(-1),
        answer: () => answer(),
        mark: () => press(here()?.querySelector('.letter__mark, .conversation__mark')),
        latest: () => press(document.querySelector('#jump:not([hidden])')),
        leave: () => focus(document.getElementById('messages')),
    };
}

function show(dialog) {
    const before = document.activeElement;
    dialog.showModal();
    dialog.addEventListener('close', () => before?.focus(), { once: true });
    return true;
}

function go(address) {
    location.assign(address);
    return true;
}

function focus(element) {
    element?.focus();
    return Boolean(element);
}

function here() {
    return document.activeElement?.closest(ROWS);
}

function move(by) {
    const rows = Array.from(document.querySelectorAll(ROWS)).filter(row => row.getClientRects().length);
    const index = rows.indexOf(here());
    return focus(rows[index < 0 ? 0 : index + by]?.querySelector('a, summary, button'));
}

function answer() {
    const details = here()?.querySelector('.answer');
    if (details) {
        details.open = true;
        return focus(details.querySelector('textarea'));
    }
    return focus(document.querySelector('#composer textarea'));
}

function press(button) {
    button?.click();
    return Boolean(button);
}
