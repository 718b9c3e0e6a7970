// Bubbles: built of text nodes only, so that nothing anybody writes becomes code.

export const words = JSON.parse(document.body.dataset.words);
export const language = document.body.dataset.language;
export const find = (id) => document.getElementById(id);

const log = find("log");
const scroller = find("scroller");
const SEEN_HEIGHT = 64; // pixels of a message, its author with them

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

function pieceOf({ text, strong, href }) {
  const inner = strong ? make("strong", {}, text) : text;
  if (!href) return inner;
  const outside = href.startsWith("tel:") ? {} : { target: "_blank", rel: "noopener" };
  return make("a", { href, ...outside }, inner);
}

// What an officer sent with the words: a picture, a file to save, a place.
function along({ file, place, number }, follow) {
  const parts = [];
  if (file) {
    const href = `/chat/files/${number}${document.body.dataset.embedded ? "?embedded=1" : ""}`;
    const shown = make("img", { class: "sent-picture", src: href, alt: words.picture, onload: () => { if (follow) scrollDown(); } });
    parts.push(file.picture
      ? make("a", { class: "file", href, target: "_blank", rel: "noopener" }, shown)
      : make("a", { class: "file", href, download: file.name }, words.file.replace("%(name)s", file.name)));
  }
  if (place) {
    const lines = [place.name && make("strong", {}, place.name), ...[place.address, place.coordinates].filter(Boolean).map((line) => make("span", {}, line))];
    parts.push(make("span", { class: "place" }, make("span", { class: "hidden" }, `${words.place}: `), ...lines.filter(Boolean)));
  }
  return parts;
}

const rowOf = (key) => [...log.children].find((row) => row.dataset.key === key);

const isNearEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 160;

export function scrollDown() {
  const end = log.lastElementChild;
  // A reply longer than the screen is read from its beginning.
  if (end && end.offsetHeight > scroller.clientHeight - 60) end.scrollIntoView({ block: "start" });
  else scroller.scrollTop = scroller.scrollHeight;
}

// Adds what is not there yet; what is there is what the server has: the same key is the same message.
export function put(entry, onChoice) {
  const known = rowOf(entry.key);
  if (known) {
    mark(entry.key, "stored");
    return false;
  }
  const own = entry.author === "citizen";
  const follow = own || isNearEnd();
  log.querySelectorAll(".choices").forEach((choices) => choices.remove());
  const lang = entry.language && entry.language !== language ? entry.language : null;
  const row = make("li", { class: `row ${entry.author}`, "data-key": entry.key, "data-number": entry.number || null },
    make("p", { class: "who" }, own ? words.you : words[entry.author]),
    make("div", { class: "bubble", lang }, ...entry.pieces.map(pieceOf), ...along(entry, follow)));
  if (entry.choices?.length) row.append(choicesOf(entry, lang, onChoice));
  if (own) row.append(make("p", { class: "state" }, words.stored));
  log.append(row);
  if (follow) scrollDown();
  return true;
}

function choicesOf(entry, lang, onChoice) {
  return make("div", { class: "choices", lang }, ...entry.choices.map((choice) =>
    make("button", { class: "choice", type: "button", onclick: () => onChoice(choice) }, choice.title)));
}

export function mark(key, state, onAgain) {
  const row = rowOf(key);
  if (!row) return;
  row.classList.toggle("unsent", state === "unsent");
  const again = state === "unsent" ? [make("button", { class: "again", type: "button", onclick: onAgain }, words.again)] : [];
  row.querySelector(".state")?.replaceChildren(words[state], ...again);
}

// The newest message whose beginning is on the screen, and whether there is one below it: a message is read when it was
// seen, not when it came.
export function onScreen() {
  const end = Math.min(scroller.getBoundingClientRect().bottom, window.innerHeight);
  let [seen, below] = [0, false];
  for (const row of log.querySelectorAll("[data-number]")) {
    const { top, height } = row.getBoundingClientRect();
    if (height && top + Math.min(height, SEEN_HEIGHT) <= end) seen = Math.max(seen, Number(row.dataset.number));
    else below = true;
  }
  return { seen, below };
}

let typingEnds = null;

export function showTyping(seconds) {
  clearTimeout(typingEnds);
  const typing = find("typing");
  if (seconds <= 0) {
    typing.replaceChildren();
    return;
  }
  const follow = isNearEnd();
  if (!typing.querySelector(".dots")) {
    const dots = make("span", { class: "dots", "aria-hidden": "true" }, make("i"), make("i"), make("i"));
    typing.replaceChildren(make("span", { class: "hidden" }, words.typing), dots);
  }
  if (follow) scroller.scrollTop = scroller.scrollHeight;
  typingEnds = setTimeout(() => showTyping(0), seconds * 1000);
}
