// The editors' pages while one writes: counters, the bubble, likenesses, one language at a time, a job's progress.
// Every page works without this: the same forms ask the server for the same things.
import { braces, insert } from "./facts.js";

// On a phone the places and the parts of a topic stand in one row that scrolls: one sees where one is.
for (const here of document.querySelectorAll(".content-bar [aria-current], .tabs [aria-current]")) {
  const strip = [here.closest("ul"), here.closest("nav")]
    .find((each) => each && each.scrollWidth > each.clientWidth && getComputedStyle(each).overflowX !== "visible");
  if (strip) strip.scrollLeft += here.getBoundingClientRect().left - strip.getBoundingClientRect().left - (strip.clientWidth - here.clientWidth) / 2;
}

// Enter in a field presses the button beside it, not the first one of the form.
for (const field of document.querySelectorAll("[data-enter]")) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    document.getElementById(field.dataset.enter).click();
  });
}

const token = document.querySelector("meta[name=csrf-token]").content;
const PAUSE = 300; // milliseconds without a key

function after(pause, work) {
  let timer;
  return (...more) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...more), pause);
  };
}

async function fragment(path, fields) {
  const body = new URLSearchParams(fields);
  const answer = await fetch(path, { method: "POST", body, headers: { "x-csrf-token": token, accept: "text/html" } });
  return answer.ok ? answer.text() : null;
}

// What one must not miss is asked for again while the server has no time, or the network none.
async function surely(path, fields) {
  for (let tries = 0; tries < 3; tries += 1) {
    const html = await fragment(path, fields).catch(() => null);
    if (html !== null) return html;
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
  return null;
}

function count(input) {
  const shown = document.querySelector(`[data-count="${input.id}"]`);
  const length = [...input.value.trim()].length;
  shown.textContent = `${length} / ${input.dataset.limit}`;
  shown.classList.toggle("over", length > Number(input.dataset.limit));
}

for (const input of document.querySelectorAll("[data-limit]")) input.addEventListener("input", () => count(input));

// The bubble: the server fills and counts, so that what is shown is what will be sent.
const asked = new Map();
async function show(area) {
  const [field, language] = area.dataset.preview.split(".");
  const number = (asked.get(area) ?? 0) + 1;
  asked.set(area, number);
  const fields = [["language", language], ["text", area.value]];
  if (area.dataset.limitOf) {
    fields.push(["limit", area.dataset.limitOf]);
    for (const name of Object.keys(braces)) fields.push(["brace", name]);
  } else {
    fields.push(["field", field]);
    for (const button of document.querySelectorAll("[data-button]")) fields.push(["button", button.value]);
  }
  const html = await fragment(area.dataset.limitOf ? "/content/texts/preview" : "/content/preview", fields).catch(() => null);
  if (html !== null && asked.get(area) === number) {
    document.querySelector(`[data-shown="${area.dataset.preview}"]`).innerHTML = html;
  }
}

for (const area of document.querySelectorAll("[data-preview]")) {
  area.addEventListener("input", after(PAUSE, () => show(area)));
  if (area.value && document.querySelector('.topic-form[data-topic=""]')) show(area);
}
for (const button of document.querySelectorAll("[data-button]")) {
  button.addEventListener("change", () => document.querySelectorAll('[data-preview^="answer."]').forEach(show));
}

// A contact is put in where the cursor stands: in a field of its language, or in whichever field where one picker serves all.
for (const panel of document.querySelectorAll("[data-shared-picker]")) panel.hidden = false;
for (const button of document.querySelectorAll("[data-insert]")) {
  // The field keeps its cursor while the button is pressed.
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", (event) => {
    event.preventDefault();
    const language = button.dataset.insert;
    const boxes = [...document.querySelectorAll(language === "all" ? ".fact-box" : `.fact-box[data-language="${language}"]`)];
    insert(document.getElementById(`pick-${language}`).value, boxes.filter((box) => box.checkVisibility()));
  });
}

// A long list is filtered by the words that one remembers.
for (const field of document.querySelectorAll("[data-filter-pick]")) {
  const list = document.getElementById(field.dataset.filterPick);
  const groups = [...list.children]; // of contacts, each with its parts; or sources, with none before them
  field.hidden = false;
  field.addEventListener("input", () => {
    const words = field.value.trim().toLowerCase();
    list.replaceChildren(...groups.filter((each) => each.value === "" || each.dataset.words?.includes(words) || each.textContent.toLowerCase().includes(words)));
    list.selectedIndex = 0;
  });
  field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
}
for (const field of document.querySelectorAll("[data-filter-lines]")) {
  field.parentElement.hidden = false;
  field.addEventListener("input", () => {
    const words = field.value.trim().toLowerCase();
    for (const line of field.form.querySelectorAll(".lines .choice")) line.hidden = !line.textContent.toLowerCase().includes(words);
  });
  field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
}
for (const field of document.querySelectorAll("[data-filter-texts]")) {
  field.parentElement.hidden = false;
  field.addEventListener("input", () => {
    const words = field.value.trim().toLowerCase();
    for (const shelf of document.querySelectorAll("[data-shelf]")) {
      for (const line of shelf.querySelectorAll("[data-words]")) line.hidden = !line.dataset.words.includes(words);
      shelf.hidden = !shelf.querySelector("[data-words]:not([hidden])");
      if (words) shelf.open = true;
    }
  });
}
for (const field of document.querySelectorAll("[data-filter-rows]")) {
  field.parentElement.hidden = false;
  field.addEventListener("input", () => {
    const words = field.value.trim().toLowerCase();
    for (const row of document.querySelectorAll("tbody tr")) row.hidden = !row.textContent.toLowerCase().includes(words);
  });
}
// Who writes a third wording has chosen it.
for (const area of document.querySelectorAll("[data-chooses-own]")) {
  area.addEventListener("input", () => { document.querySelector(`[data-own="${area.id}"]`).checked = true; });
}
const edited = document.querySelector("[data-edited]");
edited?.form.addEventListener("change", (event) => {
  const chosen = edited.form.querySelectorAll("[name=chosen]:checked");
  if (event.target.name === "chosen" && chosen.length === 1) edited.value = chosen[0].value;
});

// One language at a time on a small screen.
const form = document.querySelector(".topic-form");
if (form) {
  const tabs = [...form.querySelectorAll("[data-tab]")];
  const choose = (language) => {
    for (const tab of tabs) {
      if (tab.dataset.tab === language) tab.setAttribute("aria-current", "true");
      else tab.removeAttribute("aria-current");
    }
    for (const column of form.querySelectorAll(".column[data-language]")) {
      column.toggleAttribute("data-current", column.dataset.language === language);
    }
  };
  for (const tab of tabs) {
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      choose(tab.dataset.tab);
    });
  }
  form.classList.add("tabbed");
  choose(document.documentElement.lang);
}

// What is typed is kept on the server until it is saved: a lock, a sign-in or a lost connection takes nothing away.
const KEEP_AFTER = 800; // milliseconds without a key
const kept = document.querySelector("form[data-keep]");
if (kept) {
  const page = location.pathname + (kept.dataset.keep ? `?${kept.dataset.keep}` : "");
  const address = `/content/unsaved?${new URLSearchParams({ page })}`;
  const ask = (method, body) => fetch(address, { method, body, headers: { "x-csrf-token": token, "content-type": "application/json", accept: "application/json" } });
  const named = document.createElement("input");
  Object.assign(named, { type: "hidden", name: "unsaved_page", value: page });
  kept.append(named);
  const status = kept.querySelector("[data-kept]") ?? kept.appendChild(Object.assign(document.createElement("p"), { className: "soft" }));
  status.setAttribute("role", "status");
  const words = document.querySelector("[data-kept-words]")?.dataset ?? {};
  const tellOthers = (names) => {
    const shown = kept.querySelector("[data-others]") ?? Object.assign(document.createElement("p"), { className: "notice warn" });
    shown.dataset.others = "";
    shown.setAttribute("role", "status");
    const text = names?.length ? words.others.replace("%", names.join(", ")) : "";
    if (shown.textContent !== text) shown.textContent = text;
    shown.hidden = !text;
    if (text && !shown.isConnected) kept.prepend(shown);
  };
  const time = (at) => at.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  let dirty = false;
  let sent = false; // the form itself: what is kept after it would come back as unsaved
  let underway = null;

  const fields = () => {
    const found = {};
    for (const [name, value] of new FormData(kept)) {
      if (typeof value === "string" && !["csrf_token", "unsaved_page"].includes(name)) (found[name] ??= []).push(value);
    }
    return found;
  };
  const fill = (stored) => {
    for (const field of kept.elements) {
      if (!field.name || ["csrf_token", "unsaved_page"].includes(field.name) || field.type === "submit") continue;
      if (field.type === "checkbox" || field.type === "radio") field.checked = (stored[field.name] ?? []).includes(field.value);
      else if (stored[field.name]) field.value = stored[field.name][0];
      if (field.type !== "hidden") field.dispatchEvent(new Event("input"));
    }
  };
  const keep = async () => {
    if (sent) return;
    underway = ask("PUT", JSON.stringify(fields())).catch(() => null);
    const answer = await underway;
    underway = null;
    dirty = !answer?.ok;
    if (!dirty) tellOthers((await answer.json()).others);
    status.textContent = dirty ? words.lost : words.kept.replace("%", time(new Date()));
  };
  const keepSoon = after(KEEP_AFTER, keep);
  kept.addEventListener("input", (event) => { if (event.isTrusted) { dirty = true; sent = false; keepSoon(); } });
  kept.addEventListener("submit", (event) => {
    dirty = false;
    sent = true;
    if (!underway) return;
    event.preventDefault();
    underway.finally(() => kept.requestSubmit(event.submitter));
  });
  addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });

  const stored = kept.hasAttribute("data-refused") ? null : await ask("GET").then((answer) => answer.ok ? answer.json() : null).catch(() => null);
  tellOthers(stored?.others);
  if (stored?.fields) {
    fill(stored.fields);
    status.textContent = words.restored.replace("%", new Date(stored.at).toLocaleString(document.documentElement.lang));
    const anew = Object.assign(document.createElement("button"), { type: "button", className: "second", textContent: words.anew });
    anew.addEventListener("click", async () => { await ask("DELETE"); dirty = false; location.reload(); });
    status.append(" ", anew);
  }
}

// Likenesses and conflicts with other topics.
for (const place of document.querySelectorAll("[data-alike]")) {
  const typed = place.querySelector("[name=typed]");
  const shown = place.querySelector("[data-alike-shown]");
  const meant = place.querySelector("[data-meant-shown]");
  const take = after(2 * PAUSE, async () => {
    const topic = place.dataset.alike || (place.querySelector("[name=topic]")?.value ?? "");
    const html = typed.value.trim() ? await fragment("/content/meant", { topic, typed: typed.value }).catch(() => null) : "";
    if (html !== null && meant) meant.innerHTML = html;
  });
  const look = after(PAUSE, async () => {
    const topic = place.dataset.alike || (place.querySelector("[name=topic]")?.value ?? "");
    const language = place.querySelector("[name=language]").value;
    const words = typed.value;
    const html = words.trim() ? await surely("/content/alike", { topic, language, typed: words }) : "";
    if (html !== null && typed.value === words) shown.innerHTML = html;
  });
  typed.addEventListener("input", look);
  typed.addEventListener("input", take);
  place.querySelector("[name=topic]")?.addEventListener("change", look);
}

// Misplaced examples: asked for, because it takes some seconds.
for (const place of document.querySelectorAll("[data-misfiled]")) {
  place.hidden = false;
  const button = place.querySelector("button");
  button.addEventListener("click", async () => {
    button.disabled = true;
    const html = await fragment(`/content/topics/${place.dataset.misfiled}/misfiled`, {}).catch(() => null);
    button.disabled = false;
    if (html !== null) place.querySelector("[data-misfiled-shown]").innerHTML = html;
  });
}

// A talk that is tried: one writes on at once, and reads an answer that is longer than the screen from its beginning.
const lastTurn = document.querySelector("[data-last-turn]");
if (lastTurn) {
  document.getElementById("text")?.focus();
  if (lastTurn.getBoundingClientRect().top < 0) lastTurn.scrollIntoView({ block: "start" });
}

// A job goes on while one looks; when one of them ends, the page is read anew: what waits is another list by then.
const job = document.querySelector("[data-job]");
const goOn = (job?.dataset.active ?? "").split(" ").filter(Boolean);
if (goOn.length) {
  const follow = async () => {
    const answer = await fetch("/content/publishing/job", { headers: { accept: "text/html" } }).catch(() => null);
    if (answer?.ok) {
      const active = (answer.headers.get("x-jobs-active") ?? "").split(" ");
      if (goOn.some((each) => !active.includes(each))) return location.assign("/content/publishing");
      const open = job.querySelector("details:last-of-type")?.open;
      job.innerHTML = await answer.text();
      if (open) job.querySelector("details:last-of-type").open = true;
    }
    setTimeout(follow, 1000);
  };
  setTimeout(follow, 1000);
}
