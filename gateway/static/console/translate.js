// Machine translations beside what was written: of a citizen's message, and of the reply that is being written.
import { refuse } from "./forms.js";
import { post } from "./presence.js";
import { words } from "./words.js";

const shown = new Map(); // id of a message -> its translation, put back when the talk is fetched anew

async function fragment(answer) {
  if (!answer.ok) throw new Error((await answer.json()).error);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return document.adoptNode(page.querySelector(".machine"));
}

function put(id) {
  document.querySelector(`#${id} .translate`)?.replaceChildren(shown.get(id).cloneNode(true));
}

async function ofMessage(link) {
  const id = link.dataset.translate;
  shown.set(id, await fragment(await fetch(link.href, { headers: { "x-live": "1" } })));
  put(id);
}

async function ofReply(button) {
  const answer = await post(button.formAction, { text: button.form.elements.text.value });
  document.getElementById("translation")?.replaceChildren(await fragment(answer));
}

function fails(error) {
  refuse(error instanceof TypeError ? words().offline : error.message);
}

export function start() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-translate]");
    const button = event.target.closest("#translate");
    if (!link && !button) return;
    event.preventDefault();
    (link ? ofMessage(link) : ofReply(button)).catch(fails);
  });
  document.addEventListener("part", (event) => { if (event.detail.part.id === "talk") [...shown.keys()].forEach(put); });
  document.addEventListener("opened", () => shown.clear());
  document.addEventListener("submit", (event) => { if (event.target.id === "reply-form") document.getElementById("translation")?.replaceChildren(); });
}
