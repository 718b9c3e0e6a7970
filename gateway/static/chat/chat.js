// The web chat's page: sends without reloading, shows what is new, and goes on after the connection was away.

import { find, mark, onScreen, put, scrollDown, showTyping, words } from "./bubbles.js";
import { Stream, newId, post } from "./server.js";

const { embedded, exit } = document.body.dataset;
const text = find("text");
const unsent = new Map();  // what goes out by itself once the server answers again
let readUpTo = 0;
let stream = null;
let noticeTimer = null;
let readTimer = null;

document.documentElement.classList.add("scripted");

function problem(name) {
  find("problem").textContent = name ? words[`problem_${name}`] ?? words.problem_not_stored : "";
}

function write(words_, choice = null) {
  const message = { id: newId(), text: words_, ...(choice ? { choice } : {}) };
  put({ key: message.id, author: "citizen", pieces: [{ text: words_ }] });
  listen();
  return deliver(message);
}

async function deliver(message) {
  problem(null);
  mark(message.id, "sending");
  unsent.delete(message.id);
  try {
    const answer = await post("/chat/messages", message);
    if (answer.ok) {
      mark(message.id, "stored");
      return;
    }
    problem(answer.problem);
    if (answer.problem === "over") over();
    if (answer.status === 503) unsent.set(message.id, message);
  } catch {
    problem("not_stored");
    unsent.set(message.id, message);
  }
  // The same id goes out again, so that a message which did arrive is not two.
  mark(message.id, "unsent", () => deliver(message));
}

function news({ entries, typing }) {
  entries.forEach((entry) => {
    put(entry, (choice) => write(choice.title, choice.id).then(() => text.focus()));
    unsent.delete(entry.key);
  });
  showTyping(typing);
  tellRead();
}

function tellRead() {
  const { seen: number, below } = onScreen();
  find("below").hidden = !below;
  if (document.visibilityState !== "visible" || number <= readUpTo) return;
  const before = readUpTo;
  readUpTo = number;
  post("/chat/read", { number }).catch(() => { readUpTo = Math.min(readUpTo, before); });
}

function soon() {
  clearTimeout(readTimer);
  readTimer = setTimeout(tellRead, 150);
}

function connection(isThere) {
  clearTimeout(noticeTimer);
  if (isThere) {
    find("connection").textContent = "";
    [...unsent.values()].forEach((message) => deliver(message));
  } else {
    // A short interruption is not worth a word.
    noticeTimer = setTimeout(() => { find("connection").textContent = words.reconnecting; }, 1500);
  }
}

function listen() {
  stream ??= new Stream(document.body.dataset.cursor, { onNews: news, onState: connection, onOver: over });
}

function over() {
  stream?.close();
  connection(true);
  find("composer").hidden = true;
  find("ending").hidden = true;
  find("log").replaceChildren();
  showTyping(0);
  find("over").hidden = false;
  find("over").focus();
}

find("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const written = text.value.trim();
  if (!written) return;
  text.value = "";
  text.focus();
  write(written);
});

text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  find("composer").requestSubmit();
});

document.querySelectorAll(".choice-form").forEach((form) => form.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  form.closest(".choices").remove();
  write(button.value, form.elements.choice.value).then(() => text.focus());
}));

find("exit").addEventListener("submit", (event) => {
  event.preventDefault();
  document.body.hidden = true;
  post("/chat/exit", {}, { keepalive: true, redirect: "manual" }).catch(() => {});
  // `replace` leaves no entry to go back to; out of a frame the whole page goes.
  (embedded ? window.top : window).location.replace(exit);
});

document.addEventListener("visibilitychange", tellRead);
// Also where the whole page scrolls instead.
for (const [scrolls, kind] of [[find("scroller"), "scroll"], [window, "scroll"], [window, "resize"]]) scrolls.addEventListener(kind, soon, { passive: true });
find("below").addEventListener("click", () => { scrollDown(); tellRead(); });

if (embedded) {
  const close = () => window.parent.postMessage("neuvo-chat:close", "*");
  find("close").hidden = false;
  find("close").addEventListener("click", close);
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
}

// A page on which nobody has written has nothing to wait for.
if (find("log").childElementCount) listen();
scrollDown();
tellRead();
