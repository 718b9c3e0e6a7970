// The end of a talk goes out five seconds after the press: until then it can be taken back, and nobody was told of it.
const WAIT = 5_000;
const bar = () => document.getElementById("undo");
let held = null; // what is sent when the time is over, and what is said when the citizen was faster
let timer = null;

export function hold(form, go, tooLate) {
  if (held?.form === form) return;
  finish();
  held = { form, go, tooLate };
  timer = setTimeout(finish, WAIT);
  form.closest("details.menu")?.removeAttribute("open");
  bar().hidden = false;
  bar().querySelector("button").focus();
}

function release() {
  const was = held;
  clearTimeout(timer);
  held = null;
  if (bar()) bar().hidden = true;
  return was;
}

// Whoever goes elsewhere meanwhile has ended it: `more` lets the page go before the answer comes.
function finish(more) {
  release()?.go(more);
}

export function start() {
  bar().querySelector("button").addEventListener("click", () => {
    release();
    document.getElementById("talk-title")?.focus();
  });
  document.addEventListener("click", (event) => { if (held && event.target.closest("a[href]")) finish({ keepalive: true }); }, true);
  document.addEventListener("opened", () => finish()); // by a key
  addEventListener("pagehide", () => finish({ keepalive: true }));
  // Words that nobody has read end no talk.
  document.addEventListener("part", ({ detail }) => {
    if (!held || detail.part.id !== "talk") return;
    const fresh = [...detail.part.querySelectorAll("[data-heard]")].some((each) => !detail.heard.has(each.id));
    if (fresh) release().tooLate();
  });
}
