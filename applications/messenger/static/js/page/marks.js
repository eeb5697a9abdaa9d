// Marks that are posted by a form, without the lane: what waits in there for the contrary was asked for before them.

const CONTRARY = { read: 'unread', unread: 'read', mute: 'mute', unmute: 'mute' };

export function openMarks({ lane }) {
    document.addEventListener('submit', ({ target: form, submitter }) => {
        if (form.elements.all) {
            lane.drop(({ type }) => type === 'unread');
        } else if (['marks', 'letter-marks'].includes(form.id) && submitter) {
            const conversation = conversationOf(submitter);
            lane.drop(frame => frame.type === CONTRARY[submitter.name] && frame.conversation === conversation);
        }
    });
}

// A letter's button says more; js/inbox/inbox.js reads the same.
function conversationOf({ value }) {
    const parts = value.split('.');
    return Number(parts[1] ?? parts[0]);
}
