// A soft sound of two tones, made here: a file would have to be fetched.

const TONES = [[660, 0], [880, 0.12]];
const SECONDS = 0.25;
const LOUD = 0.06;
const QUIET = 0.0001;
let context = null;

export function playSound() {
    // Browsers keep a page silent that nobody has touched, and would play it whenever somebody does.
    if (document.documentElement.dataset.sound === 'on' && navigator.userActivation?.hasBeenActive !== false) {
        context ??= new AudioContext();
        context.resume();
        TONES.forEach(([hertz, delay]) => tone(hertz, context.currentTime + delay));
    }
}

function tone(hertz, at) {
    const source = new OscillatorNode(context, { frequency: hertz });
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.setValueAtTime(QUIET, at);
    volume.gain.exponentialRampToValueAtTime(LOUD, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(QUIET, at + SECONDS);
    source.connect(volume).connect(context.destination);
    source.start(at);
    source.stop(at + SECONDS);
}
