// The head of a chat: whether the other one is here or types, and whether the conversation is muted.
import { lastSeen } from '../shown/times.js';

const SENTENCES = { today: 'textToday', yesterday: 'textYesterday', date: 'textDate' };

export function openHead(chat, live, thread) {
    const line = chat.querySelector('.chat__presence');
    if (line) {
        new Head(line, live, thread).open(chat.querySelector('textarea'));
    }
    openMute(chat.querySelector('.chat__mute'), live, thread);
}

class Head {
    constructor(line, live, thread) {
        Object.assign(this, { line, live, thread, presence: live.company.presence, typing: live.company.typing, spoken: line.nextElementSibling });
    }

    open(field) {
        const { line, live, thread } = this;
        this.presence.learn([{ user_id: thread.otherId, last_seen: line.dataset.lastSeen }]);
        live.company.watch(() => this.show());
        live.listen({ onEvent: event => this.#happened(event), onDay: () => this.show() });
        field.addEventListener('input', () => this.typing.wrote(thread.conversation, field.value));
        this.show();
    }

    show() {
        const { line: { dataset }, thread } = this;
        const isTyping = this.typing.isTyping(thread.conversation, thread.otherId);
        // In marks that keep its direction to itself: there is no place for an element here.
        const typing = dataset.textTyping.replace('%s', () => `\u2068${dataset.name}\u2069`);
        this.line.textContent = isTyping ? typing : this.presence.isHere(thread.otherId) ? dataset.textOnline : this.#seen();
        if (isTyping) {
            // Once, until they have written: the same text again is no change.
            this.spoken.textContent = typing;
        }
    }

    #seen() {
        const { day, text } = lastSeen(this.presence.lastSeen(this.thread.otherId), this.live.locale);
        return text && this.line.dataset[SENTENCES[day]].replace('%s', text);
    }

    #happened({ type, sender_id: sender }) {
        if (type === 'message' && sender === this.thread.otherId) {
            this.spoken.textContent = '';
        }
    }
}

function openMute(button, live, thread) {
    let isMuted = button.name === 'unmute';
    const waiting = () => live.lane.frames.find(({ type, conversation }) => type === 'mute' && conversation === thread.conversation);
    const show = () => draw(waiting()?.muted ?? isMuted);
    const draw = isMuted => {
        button.name = isMuted ? 'unmute' : 'mute';
        button.title = button.dataset[isMuted ? 'textUnmute' : 'textMute'];
        button.setAttribute('aria-label', button.title);
    };
    button.addEventListener('click', event => {
        if (live.do({ type: 'mute', conversation: thread.conversation, muted: button.name === 'mute' })) {
            event.preventDefault();
        }
    });
    live.listen({
        onStart: show,
        onVerb: ({ frame, state }) => {
            if (frame.type === 'mute' && frame.conversation === thread.conversation) {
                isMuted = state === 'done' ? frame.muted : isMuted;
                show();
            }
        },
        onEvent: event => {
            if (event.type === 'mute' && event.conversation === thread.conversation) {
                isMuted = event.muted;
                show();
            } else if (event.type === 'message' && thread.has(event)) {
                button.hidden = false;
                button.value = event.conversation;
            }
        },
    });
}
