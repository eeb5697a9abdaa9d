// Keeps a page as high as what can be seen of it: the keyboard of an iPhone lies over the page, and takes nothing from its height.

export function makeRoomForKeyboard(viewport = window.visualViewport) {
    const root = document.documentElement;
    viewport?.addEventListener('resize', () => {
        // Whoever zooms in sees less, too, but has no keyboard over it.
        const isCovered = viewport.scale === 1 && innerHeight - viewport.height > 1;
        root.toggleAttribute('data-covered', isCovered);
        root.style.setProperty('--seen', `${viewport.height}px`);
        if (isCovered) {
            // The browser has pushed the page up, so that the field can be seen; now it can without.
            scrollTo(0, 0);
        }
    });
}
