// The officer's field: what is begun is kept for this conversation alone, colleagues and citizen see that somebody types.
import { post } from "./presence.js";
import { words } from "./words.js";

const KEEP_AFTER = 700;
const TYPING_EVERY = 4_000;
let waits = null;
let typed = 0;

const addressOf = (field, what) => field.form.getAttribute("action").replace(/\/reply$/, what);

async function keep(field, more) {
  clearTimeout(waits);
  waits = null;
  const answer = await post(addressOf(field, "/draft"), { text: field.value }, more);
  const state = document.getElementById("draft-state");
  if (answer.ok && state && field.value) state.textContent = words().kept;
}

function written(field) {
  clearTimeout(waits);
  waits = setTimeout(() => keep(field).catch(() => {}), KEEP_AFTER);
  if (field.value && Date.now() - typed > TYPING_EVERY) {
    typed = Date.now();
    post(addressOf(field, "/typing")).catch(() => {});
  }
}

function insert(text) {
  const field = document.getElementById("reply");
  const before = field.value.slice(0, field.selectionStart);
  const gap = before && !before.endsWith("\n") ? "\n\n" : "";
  field.setRangeText(gap + text, field.selectionStart, field.selectionEnd, "end");
  document.getElementById("ready-box").open = false;
  field.focus();
  written(field);
}

async function search(form) {
  const address = form.getAttribute("action") + "/ready?" + new URLSearchParams(new FormData(form));
  const answer = await fetch(address);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.getElementById("ready-list").replaceWith(document.adoptNode(page.getElementById("ready-list")));
}

export function start() {
  document.addEventListener("input", (event) => {
    if (event.target.id === "reply") written(event.target);
    if (event.target.id === "ready-words") search(event.target.form).catch(() => {});
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id === "reply" && event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit(document.getElementById("send"));
  });
  document.addEventListener("click", (event) => {
    const ready = event.target.closest("[data-ready]");
    if (!ready || !document.getElementById("reply")) return;
    event.preventDefault();
    insert(ready.dataset.ready);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.id === "reply-form") { clearTimeout(waits); waits = null; typed = 0; }
    if (event.target.id !== "ready-form") return;
    event.preventDefault();
    search(event.target).catch(() => {});
  });
  // Whoever leaves in the middle of a word keeps the word.
  document.addEventListener("click", (event) => { if (waits && event.target.closest("a[href]")) flush(); }, true);
  addEventListener("pagehide", flush);
}

function flush() {
  const field = document.getElementById("reply");
  if (waits && field) keep(field, { keepalive: true }).catch(() => {});
}
