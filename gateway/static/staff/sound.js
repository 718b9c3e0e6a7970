// What an alarm sounds like. A browser lets sound begin only after a press, so it is unlocked by the first one.
const TONES = {
  emergency: [880, 660, 880, 660],
  crisis: [880, 660, 880, 660],
  offline: [440, 330, 440, 330],
  signed_out: [440, 330, 440, 330],
  handed: [523, 659, 784],
  follow_up: [523, 784],
  assigned: [587, 784],
  taken: [784, 523],
  off_duty: [784, 523, 392],
  mine: [740],
  waiting: [660, 880],
};
let context = null;

export const isOn = () => context?.state === "running";

function tone(frequency, at) {
  const oscillator = context.createOscillator();
  const volume = context.createGain();
  oscillator.frequency.value = frequency;
  volume.gain.setValueAtTime(0.12, context.currentTime + at);
  volume.gain.exponentialRampToValueAtTime(0.001, context.currentTime + at + 0.25);
  oscillator.connect(volume).connect(context.destination);
  oscillator.start(context.currentTime + at);
  oscillator.stop(context.currentTime + at + 0.3);
}

export function play(kind) {
  if (!isOn()) return false;
  TONES[kind].forEach((frequency, place) => tone(frequency, place * 0.2));
  return true;
}

export function prepare() {
  if (context) return;
  context = new AudioContext();
  context.addEventListener("statechange", showButtons);
  showButtons();
}

export async function unlock() {
  prepare();
  await context.resume();
  showButtons();
}

export function showButtons() {
  document.querySelectorAll("[data-unmute]").forEach((button) => { button.hidden = !context || isOn(); });
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-unmute]")) unlock().then(() => play("waiting")).catch(() => {});
});
// The next press is as good as the first.
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => { if (context && !isOn()) unlock().catch(() => {}); });
