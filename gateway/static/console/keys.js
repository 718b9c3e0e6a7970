// Keys for those who do not use a mouse. Single letters never work in a field, and can be switched off (WCAG 2.1.4).
import { go } from "./navigation.js";

const KEPT = "neuvo-keys";
const isOn = () => localStorage.getItem(KEPT) !== "off";
const isField = (element) => element.matches("input, textarea, select, [contenteditable]");
const press = (id) => document.getElementById(id)?.click();

function focus(id) {
  const target = document.getElementById(id);
  target?.focus();
  return Boolean(target);
}

function step(by) {
  const rows = [...document.querySelectorAll(".row-link")];
  const at = rows.findIndex((each) => each.getAttribute("aria-current") === "true");
  const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by];
  if (next) go(next.getAttribute("href"));
}

async function note() {
  const aside = document.querySelector(".to-side");
  if (!document.getElementById("note")?.checkVisibility() && aside) await go(aside.getAttribute("href"));
  focus("note");
}

async function reply() {
  const back = document.querySelector("#side-pane .to-talk");
  if (!document.getElementById("reply")?.checkVisibility() && back?.checkVisibility()) await go(back.getAttribute("href"));
  focus("reply");
}

const DOES = {
  j: () => step(1),
  k: () => step(-1),
  c: () => press("claim"),
  r: reply,
  n: note,
  v: () => { const box = document.getElementById("ready-box"); if (box) { box.open = true; focus("ready-words"); } },
  a: () => { const box = document.getElementById("attach-box"); if (box) { box.open = true; focus(box.querySelector("input").id); } },
  g: () => (document.getElementById("queue-title")?.checkVisibility() ? focus("queue-title") : go("/console")),
  s: () => press("search-link"),
  "?": () => { const keys = document.getElementById("keys"); keys.open = !keys.open; keys.scrollIntoView(); keys.querySelector("summary").focus(); },
};

function showChoice() {
  const choice = document.getElementById("keys-choice");
  if (!choice) return;
  choice.hidden = false;
  document.getElementById("keys-on").checked = isOn();
}

function closeSheet() {
  const sheet = document.querySelector("details[name=talk-menu][open]");
  if (!sheet) return;
  if (sheet.contains(document.activeElement)) sheet.querySelector("summary").focus({ preventScroll: true });
  sheet.removeAttribute("open");
}

export function start() {
  showChoice();
  document.addEventListener("opened", showChoice);
  document.addEventListener("change", (event) => {
    if (event.target.id === "keys-on") localStorage.setItem(KEPT, event.target.checked ? "on" : "off");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeSheet();
    if (!isOn() || event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return;
    const does = DOES[event.key.toLowerCase()];
    if (!does) return;
    event.preventDefault();
    does();
  });
}
