// Opens a conversation beside the queue without loading the page anew: the sound stays unlocked, the queue in its place.
import { toUnanswered } from "./parts.js";
import { leave } from "./presence.js";

async function show(address, remember) {
  leave();
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  if (answer.redirected) return location.assign(address);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("panes");
  if (!fresh) return location.assign(address);
  const top = document.getElementById("queue-scroll").scrollTop;
  document.getElementById("panes").replaceWith(document.adoptNode(fresh));
  document.body.className = page.body.className;
  if (remember) history.pushState(null, "", address);
  document.querySelectorAll("main > .notice:not(#refusal, #undo)").forEach((each) => each.remove());
  document.getElementById("queue-scroll").scrollTop = top;
  document.dispatchEvent(new CustomEvent("opened", { detail: { title: page.title } }));
  toUnanswered();
  const side = document.body.classList.contains("view-side") && document.getElementById("side-title")?.checkVisibility();
  const heading = side ? "side-title" : document.body.classList.contains("has-talk") ? "talk-title" : "queue-title";
  document.getElementById(heading)?.focus({ preventScroll: true });
}

export function go(address) {
  return show(address, true).catch(() => location.assign(address));
}

export function start() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-pane]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(link.getAttribute("href"));
  });
  addEventListener("popstate", () => show(location.pathname + location.search, false).catch(() => location.reload()));
  toUnanswered();
}
