// What an officer must not miss: sound, notification, the count in the tab's title, and words for those who listen.
import { words } from "./words.js";

let sound = null;
let known = null;
let title = document.title;

const onDuty = () => document.getElementById("duty")?.dataset.onDuty === "yes";
const alertsOf = (queue) => JSON.parse(queue.dataset.alerts);

function tone(frequency, at) {
  const tone = sound.createOscillator();
  const volume = sound.createGain();
  tone.frequency.value = frequency;
  volume.gain.setValueAtTime(0.12, sound.currentTime + at);
  volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + at + 0.25);
  tone.connect(volume).connect(sound.destination);
  tone.start(sound.currentTime + at);
  tone.stop(sound.currentTime + at + 0.3);
}

function play(urgent) {
  if (sound?.state !== "running") return;
  (urgent ? [880, 660, 880, 660] : [660, 880]).forEach((frequency, place) => tone(frequency, place * 0.2));
}

async function unlock() {
  sound ??= new AudioContext();
  await sound.resume();
  showSound();
}

function showSound() {
  const button = document.getElementById("unmute");
  if (button) button.hidden = sound?.state === "running";
}

function notify(kind) {
  // Neither who writes nor what: the screen may be seen by others.
  if ("Notification" in window && Notification.permission === "granted" && document.hidden) new Notification(words()[kind], { tag: `neuvo-${kind}` });
}

function count(queue) {
  const waiting = Number(queue.dataset.count);
  document.title = waiting ? `(${waiting}) ${title}` : title;
}

function heedQueue(queue) {
  count(queue);
  const now = alertsOf(queue);
  const fresh = Object.entries(now).filter(([key]) => known && !known.has(key)).map(([, kind]) => kind);
  known = new Set(Object.keys(now));
  if (!fresh.length || !onDuty()) return;
  const kind = ["emergency", "crisis", "mine", "waiting"].find((each) => fresh.includes(each)) ?? "waiting";
  const urgent = kind === "emergency" || kind === "crisis";
  play(urgent);
  notify(kind);
  document.getElementById(urgent ? "announce-urgent" : "announce").textContent = words()[kind];
}

function heedTalk(talk, heard) {
  const fresh = [...talk.querySelectorAll("[data-heard]")].filter((each) => !heard.has(each.id));
  if (!fresh.length) return;
  const urgent = fresh.some((each) => "urgent" in each.dataset);
  const said = fresh.map((each) => each.dataset.heard).join(" ");
  document.getElementById(urgent ? "announce-urgent" : "announce").textContent = `${words().wrote} ${said}`;
}

export function start() {
  const queue = document.getElementById("queue");
  if (queue) { known = new Set(Object.keys(alertsOf(queue))); count(queue); }
  if (onDuty()) { sound = new AudioContext(); sound.addEventListener("statechange", showSound); showSound(); }
  document.addEventListener("part", ({ detail }) => {
    if (detail.part.id === "queue") heedQueue(detail.part);
    if (detail.part.id === "talk") heedTalk(detail.part, detail.heard);
    if (detail.part.id === "duty") showSound();
  });
  document.addEventListener("opened", ({ detail }) => {
    title = detail.title;
    heedQueue(document.getElementById("queue"));
    showSound();
  });
  document.addEventListener("click", (event) => { if (event.target.id === "unmute") unlock().then(() => play(false)); });
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "start-shift") return;
    unlock().then(() => play(false)).catch(() => {});
    if ("Notification" in window && Notification.permission === "default") Notification.requestPermission();
  });
  // A browser lets sound begin only after a press; the next one is as good as the first.
  addEventListener("pointerdown", () => { if (onDuty() && sound?.state === "suspended") unlock().catch(() => {}); });
}
