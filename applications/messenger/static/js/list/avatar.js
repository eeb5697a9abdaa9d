// The circle that stands for somebody: their initials on one of eight colours. modules/messenger_web/shown.py does it alike.

const COLOURS = 8;

export function initials(name) {
    const words = name.split(/\s+/).filter(Boolean);
    return [...words.slice(0, 1), ...words.slice(1).slice(-1)].map(word => Array.from(word)[0]).join('').toUpperCase();
}

export function avatar(person, name) {
    const circle = document.createElement('span');
    circle.className = `avatar avatar--${Number(person ?? 0) % COLOURS}`;
    circle.setAttribute('aria-hidden', 'true');
    circle.textContent = initials(name);
    return circle;
}
