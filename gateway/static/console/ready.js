// Ready answers: put into the reply, searched by / while writing, and suggested for what the citizen asked last.
import { words } from "./words.js";

// At the beginning or after a space: not the slash of an address, nor that of "24 / 7".
const SLASH = /(?:^|\s)\/(\S[^\n/]{0,60})?$/u;
const GAP = /\{\{?\s*\p{L}[^{}\n]*\}?\}/u;
const reply = () => document.getElementById("reply");
const box = () => document.getElementById("ready-box");
const options = () => [...document.querySelectorAll("#ready-list a")];
const chosen = () => document.querySelector("#ready-list a.chosen");
let slash = null; // where the slash stands, while it searches
const AGAIN_AFTER = 2000; // milliseconds
const MOST_TRIES = 30;
let asked = ""; // for which message of the citizen answers were suggested
let sought = ""; // for which they were asked for last, and how often in vain
let tries = 0;
let searches = 0; // an answer that comes late is not shown over a later one

async function fetched(address) {
  const answer = await fetch(address, { headers: { "x-live": "1" } });
  return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
}

function insert(text, from) {
  const field = reply();
  const start = from ?? field.selectionStart;
  const before = field.value.slice(0, start);
  const apart = before.trim() && from === undefined && !before.endsWith("\n") ? "\n\n" : "";
  field.setRangeText(apart + text, start, field.selectionEnd, "end");
  box().open = false;
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  const gap = GAP.exec(field.value.slice(start));
  // What the officer must fill in themselves is selected: the next letter takes its place.
  if (gap) field.setSelectionRange(start + gap.index, start + gap.index + gap[0].length);
}

async function search(form) {
  const mine = ++searches;
  const page = await fetched(form.getAttribute("action") + "/ready?" + new URLSearchParams(new FormData(form)));
  const list = page?.getElementById("ready-list");
  if (list && mine === searches) document.getElementById("ready-list").replaceWith(document.adoptNode(list));
  return mine === searches;
}

function choose(option) {
  chosen()?.classList.remove("chosen");
  option?.classList.add("chosen");
  option?.scrollIntoView({ block: "nearest" });
  const says = option ? `${words().enter} ${option.querySelector("b").textContent}` : words().none_found;
  document.getElementById("ready-status").textContent = says;
}

function leave() {
  if (slash === null) return;
  slash = null;
  chosen()?.classList.remove("chosen");
  document.getElementById("ready-status").textContent = "";
  box().open = false;
}

async function typed(field) {
  const found = SLASH.exec(field.value.slice(0, field.selectionStart));
  if (!found) return leave();
  slash = found.index + (found[0].startsWith("/") ? 0 : 1);
  const form = document.getElementById("ready-form");
  form.elements.words.value = found[1] ?? "";
  box().open = true;
  if (await search(form) && slash !== null) choose(options()[0]);
}

function pressed(event) {
  if (slash === null || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = options();
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const next = all.indexOf(chosen()) + (event.key === "ArrowDown" ? 1 : -1);
    choose(all[(next + all.length) % all.length]);
  } else if (event.key === "Enter" && chosen()) {
    const from = slash;
    const text = chosen().dataset.ready;
    leave();
    insert(text, from);
  } else if (event.key === "Escape") {
    leave();
  } else {
    return;
  }
  event.preventDefault();
}

async function suggest() {
  const place = document.getElementById("suggestions");
  const newest = [...document.querySelectorAll(".said.citizen")].at(-1)?.id ?? "";
  const mine = `${place?.dataset.from} ${newest}`;
  if (!place || !newest || mine === asked) return;
  if (mine !== sought) [sought, tries] = [mine, 0];
  asked = mine;
  const answer = await fetch(place.dataset.from, { headers: { "x-live": "1" } });
  if (answer.status === 204 && tries++ < MOST_TRIES) setTimeout(again, AGAIN_AFTER); // citizens' messages go first
  if (!answer.ok || answer.status === 204) return void (asked = "");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (mine === asked) document.getElementById("suggestions")?.replaceChildren(...[...page.body.children].map((each) => document.adoptNode(each)));
}

const again = () => suggest().catch(() => { asked = ""; });

export function start() {
  document.addEventListener("input", (event) => {
    if (event.target.id === "reply") typed(event.target).catch(() => {});
    if (event.target.id === "ready-words") search(event.target.form).catch(() => {});
  });
  document.addEventListener("keydown", (event) => { if (event.target.id === "reply") pressed(event); });
  document.addEventListener("click", (event) => {
    const ready = event.target.closest("[data-ready]");
    if (!ready || !reply()) return;
    event.preventDefault();
    const from = "replace" in ready.dataset ? 0 : slash ?? undefined;
    leave();
    if (from === 0 && "replace" in ready.dataset) reply().select(); // a translation takes the place of what it translates
    insert(ready.dataset.ready, from);
    if ("replace" in ready.dataset) ready.closest(".machine").remove();
  });
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "ready-form") return;
    event.preventDefault();
    search(event.target).catch(() => {});
  });
  document.addEventListener("opened", again);
  document.addEventListener("part", (event) => {
    if (event.detail.part.id === "composer") asked = "";
    if (["composer", "talk"].includes(event.detail.part.id)) again();
  });
  again();
}
