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

export function start() {
  document.addEventListener("input", (event) => {
    if (event.target.id === "reply") written(event.target);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id === "reply" && event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit(document.getElementById("send"));
  });
  document.addEventListener("submit", (event) => {
    if (event.target.id === "reply-form") { clearTimeout(waits); waits = null; typed = 0; }
  });
  // Whoever leaves in the middle of a word keeps the word.
  document.addEventListener("click", (event) => { if (waits && event.target.closest("a[href]")) flush(); }, true);
  addEventListener("pagehide", flush);
}

function flush() {
  const field = document.getElementById("reply");
  if (waits && field) keep(field, { keepalive: true }).catch(() => {});
}
