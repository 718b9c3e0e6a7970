// Sends the small forms without loading the page anew; what is refused is said, and nothing that was written is lost.
import { refreshAll } from "./live.js";
import { toEnd } from "./parts.js";
import { hold } from "./undo.js";
import { words } from "./words.js";

let gone = null;

export function refuse(sentence) {
  clearTimeout(gone);
  if (sentence) gone = setTimeout(() => refuse(""), 20_000);
  const refusal = document.getElementById("refusal");
  refusal.textContent = sentence;
  refusal.hidden = !sentence;
}

function sent(form, answer) {
  if (form.dataset.quiet === "reply") {
    form.elements.text.value = "";
    form.elements.form_id.value = answer.headers.get("x-form-id");
    document.getElementById("draft-state").textContent = "";
    document.dispatchEvent(new Event("sent"));
    form.elements.text.focus();
    toEnd();
  } else if (form.dataset.quiet === "note") {
    form.elements.note.value = "";
  }
  form.closest("details.menu")?.removeAttribute("open");
  if (form.dataset.quiet === "reply") document.getElementById("attach-box")?.removeAttribute("open");
}

const isOf = (address) => address.includes(document.getElementById("talk-pane")?.dataset.conversation ?? " ");

async function send(form, address, submitter, more = {}) {
  const button = form.querySelector("button[type=submit]");
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  refuse("");
  try {
    const fields = new FormData(form, submitter);
    const whole = (submitter?.getAttribute("formenctype") ?? form.enctype) === "multipart/form-data";
    const body = whole ? fields : new URLSearchParams(fields);
    const answer = await fetch(address, { method: "POST", body, headers: { "x-live": "1" }, ...more });
    if (answer.status === 401) return location.reload();
    if (answer.ok) sent(form, answer);
    else refuse((await answer.json()).error);
    delete form.dataset.busy;
    await refreshAll();
    if ("undo" in form.dataset && !isOf(address)) return; // another talk is open by now
    if (answer.ok && "undo" in form.dataset) toEnd(); // where the words are with which it ended
    // The pressed button has gone: the next thing to do is the reply.
    if (!button.isConnected) (document.getElementById("reply") ?? document.getElementById("talk-title"))?.focus();
  } catch {
    refuse(words().offline);
  } finally {
    delete form.dataset.busy;
  }
}

export function start() {
  document.getElementById("refusal").addEventListener("click", () => refuse("")); // it may lie on what it speaks of
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!("quiet" in form.dataset)) return;
    event.preventDefault();
    const address = event.submitter?.getAttribute("formaction") ?? form.getAttribute("action");
    if ("undo" in form.dataset) hold(form, (more) => send(form, address, event.submitter, more), () => refuse(words().not_ended));
    else send(form, address, event.submitter);
  });
}
