// A page of the inbox that a script has asked for. What of it belongs on the page that is shown besides letters is put there.

const PLACE = 'all-marks';

// Returns the page that a request leads to; its forms' keys are those to post with from now on. Raises where it leads to something else.
export async function fetched(address, options = {}) {
    const answer = await fetch(address, { cache: 'no-store', signal: AbortSignal.timeout(20_000), ...options });
    const newer = new DOMParser().parseFromString(await answer.text(), 'text/html');
    // Somebody else may have logged in in this browser since.
    if (!newer.querySelector('.inbox') || memberOf(newer) !== memberOf(document)) {
        throw new Error('no inbox of this member');
    }
    for (const name of ['_formkey', 'ref']) {
        newer.querySelectorAll(`#answers [name=${name}], #letter-marks [name=${name}]`).forEach(field => {
            document.querySelector(`#${field.form.id} [name=${name}]`).value = field.value;
        });
    }
    document.getElementById(PLACE).querySelector('form')?.remove();
    document.getElementById(PLACE).prepend(...newer.getElementById(PLACE).querySelectorAll('form'));
    return newer;
}

// "Mark all as read" without leaving the page.
export function openAllMarks(letters) {
    const place = document.getElementById(PLACE);
    const [said, refused] = [spoken(place, 'status', 'empty'), spoken(place, 'alert', 'error')];
    place.addEventListener('submit', async event => {
        event.preventDefault();
        const { target: form, submitter } = event;
        const ids = letters.ids;        // what is put on the page meanwhile isn't meant
        submitter.disabled = true;
        const newer = await fetched(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) }).catch(() => null);
        if (!newer) {
            submitter.disabled = false;     // who comes back may press it again
            return form.submit();       // the browser says what is wrong
        }
        refused.textContent = newer.querySelector('.flash')?.textContent ?? '';
        said.textContent = place.querySelector('form') ? '' : place.dataset.textDone;
        if (!refused.textContent) {
            letters.readAll(ids);
        }
        (place.querySelector('button') ?? document.getElementById('main')).focus({ preventScroll: true });
    });
}

function memberOf(page) {
    return page.getElementById('live')?.dataset.userId;
}

function spoken(place, role, name) {
    const line = document.createElement('p');
    line.className = name;
    line.setAttribute('role', role);
    place.append(line);
    return line;
}
