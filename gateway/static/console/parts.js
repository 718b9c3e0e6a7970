// Exchanges the parts of the page that have changed, and keeps the focus, open menus and the place in the talk.
const shown = new WeakMap();
let stuck = true; // to the end of the talk, until somebody scrolls up
let scrolled = false; // by a person, since the talk was opened
const source = (part) => part.dataset.version ?? part.outerHTML;

function isAtEnd(element) {
  return element.scrollHeight - element.scrollTop - element.clientHeight < 60;
}

// What has the focus, so that it can be found again in the new part: by its id, else by its place and its words.
const reachable = (part) => [...part.querySelectorAll("a, button, input, select, textarea, summary")];
const sayingOf = (element) => element.ariaLabel ?? element.textContent.trim();

function focusIn(part) {
  const element = document.activeElement;
  if (!part.contains(element)) return null;
  const alike = reachable(part).filter((each) => sayingOf(each) === sayingOf(element));
  return { id: element.id, says: sayingOf(element), place: alike.indexOf(element) };
}

function refocus(part, { id, says, place }) {
  const alike = id ? [] : reachable(part).filter((each) => sayingOf(each) === says);
  const target = (id && document.getElementById(id)) || alike[place] || document.getElementById("talk-title") || document.getElementById("queue-title");
  target?.focus({ preventScroll: true });
}

function put(old, fresh) {
  const focused = focusIn(old);
  const opened = [...old.querySelectorAll("details[open][id]")].map((each) => each.id);
  const top = old.scrollTop;
  old.replaceWith(fresh);
  opened.forEach((id) => { const each = document.getElementById(id); if (each) each.open = true; });
  fresh.scrollTop = top;
  if (focused) refocus(fresh, focused);
}

export function exchange(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  for (const fresh of parsed.querySelectorAll("[data-part]")) {
    const old = document.getElementById(fresh.id);
    if (!old) continue;
    const now = source(fresh);
    if ((shown.get(old) ?? source(old)) === now) continue;
    const heard = new Set([...old.querySelectorAll("[data-heard]")].map((each) => each.id));
    shown.set(fresh, now);
    const adopted = document.adoptNode(fresh);
    put(old, adopted);
    document.dispatchEvent(new CustomEvent("part", { detail: { part: adopted, heard } }));
  }
  if (stuck) follow();
}

// What the citizen writes is shown; what the service says by itself, as that somebody has taken the talk, does not push
// the words that are to be answered off the screen.
function follow() {
  if (scrolled || isOver() || document.querySelector("#items > :last-child")?.matches(".citizen")) return toEnd();
  toUnanswered();
  stuck = true;
}

// Of what is closed nothing is to be answered: its end is read first.
const isOver = () => "closed" in (document.getElementById("talk")?.dataset ?? {});

export function toEnd() {
  const talk = document.getElementById("talk");
  if (!talk || "older" in talk.dataset) return;
  stuck = true;
  talk.scrollTop = talk.scrollHeight;
}

// A talk opens where an officer begins to read: at the first message that none has answered, as far up as it goes.
export function toUnanswered() {
  scrolled = false;
  toEnd();
  const talk = document.getElementById("talk");
  const first = talk?.querySelector("[data-unanswered]");
  if (!first || isOver()) return;
  const above = first.getBoundingClientRect().top - talk.getBoundingClientRect().top;
  if (above >= 0) return; // all of it is on the screen
  talk.scrollTop += above - 8;
  showMatter(talk);
  stuck = isAtEnd(talk);
}

// Greetings and the bot's answers to them are passed over as far as it takes to see what the citizen wants.
function showMatter(talk) {
  const matter = talk.querySelector("[data-matter]")?.getBoundingClientRect();
  const pane = talk.getBoundingClientRect();
  if (matter && matter.bottom > pane.bottom) talk.scrollTop += Math.min(matter.bottom - pane.bottom, matter.top - pane.top) + 8;
}

document.addEventListener("wheel", noticed, { capture: true, passive: true });
for (const kind of ["keyup", "pointerup", "touchend"]) document.addEventListener(kind, noticed, true);

// Only a person's own scrolling counts: a field that opens below the talk moves its end too.
function noticed(event) {
  const talk = event.target.closest?.("#talk");
  if (talk) setTimeout(() => { stuck = isAtEnd(talk); scrolled = true; }, 200);
}
