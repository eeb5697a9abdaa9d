// Where announcements.js is heard: two places on the page that nobody sees, and that a screen reader reads out when something is added.

const KEPT = 5;

export function voice(place) {
    return sentence => {
        const line = document.createElement('p');
        line.textContent = sentence;
        place.append(line);
        if (place.childElementCount > KEPT) {
            place.firstElementChild.remove();
        }
    };
}
