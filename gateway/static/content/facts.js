// A fact in a text (a number, page or opening hour) is a chip with its words: nobody reads or types the code by which the
// file calls it. The form still sends the text with its codes, from the field that stood there before.
const CODE = /\{\{[^{}\n]*\}\}|\{[^{}\n]*\}/g;
const facts = new Map();
for (const option of document.querySelectorAll("[data-pick] option")) {
  const { name, unconfirmed } = option.parentElement.dataset;
  facts.set(option.value, { value: option.dataset.value, name, good: unconfirmed === undefined });
}
const words = document.querySelector("[data-fact-words]")?.dataset ?? { remove: "×", unknown: "?", braces: "{}" };
export const braces = JSON.parse(words.braces);
let last = null; // where the cursor stood: {box, range}

function named(code) {
  const known = facts.get(code);
  if (known) return { text: known.value.includes(known.name) ? known.value : `${known.value} · ${known.name}`, state: known.good ? "" : "warn" };
  const brace = braces[code.replace(/[{}]/g, "")];
  return brace ? { text: brace, state: "own" } : { text: words.unknown, state: "bad" };
}

function chip(code) {
  const { text, state } = named(code);
  const made = document.createElement("span");
  made.className = `chip ${state}`.trim();
  made.contentEditable = "false";
  made.dataset.code = code;
  const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "×", tabIndex: -1 });
  remove.setAttribute("aria-label", `${words.remove}: ${text}`);
  remove.addEventListener("click", () => {
    const box = made.closest(".fact-box");
    made.remove();
    box.dispatchEvent(new InputEvent("input", { bubbles: true }));
    box.focus();
  });
  made.append(text, remove);
  return made;
}

function drawn(text) {
  const parts = document.createDocumentFragment();
  let end = 0;
  for (const match of text.matchAll(CODE)) {
    parts.append(text.slice(end, match.index), chip(match[0]));
    end = match.index + match[0].length;
  }
  parts.append(text.slice(end));
  return parts;
}

function read(node) {
  return [...node.childNodes].map((each) => {
    if (each.nodeType === Node.TEXT_NODE) return each.data;
    if (each.dataset?.code) return each.dataset.code;
    if (each.tagName === "BR") return "\n";
    return (each.tagName === "DIV" ? "\n" : "") + read(each);
  }).join("");
}

function enhance(area) {
  const box = document.createElement("div");
  const label = document.querySelector(`label[for="${area.id}"]`);
  box.id = area.id;
  area.id = `${area.id}-sent`;
  label.id = `${box.id}-label`;
  label.addEventListener("click", () => box.focus());
  box.className = "fact-box";
  box.contentEditable = "plaintext-only";
  box.lang = area.lang;
  box.dataset.language = area.lang;
  for (const [name, value] of [["role", "textbox"], ["aria-multiline", "true"], ["aria-labelledby", label.id]]) box.setAttribute(name, value);
  if (area.hasAttribute("aria-describedby")) box.setAttribute("aria-describedby", area.getAttribute("aria-describedby"));
  box.style.minHeight = `${Number(area.rows) * 1.55}em`;
  const draw = () => box.replaceChildren(drawn(area.value));
  draw();
  area.hidden = true;
  area.required = false; // a hidden field cannot say that it is empty; the server does
  area.before(box);
  // The text is taken over before the event reaches the form, which keeps what is typed.
  box.addEventListener("input", () => {
    area.value = read(box).replace(/\n$/, "");
    area.dispatchEvent(new Event("input"));
  });
  box.addEventListener("blur", () => { if (box.textContent.includes("{")) draw(); });
  area.addEventListener("input", () => { if (read(box).replace(/\n$/, "") !== area.value) draw(); });
}

for (const area of document.querySelectorAll("textarea[data-facts]")) enhance(area);

document.addEventListener("selectionchange", () => {
  const selection = document.getSelection();
  const box = selection.rangeCount ? selection.getRangeAt(0).startContainer.parentElement?.closest(".fact-box") ?? selection.anchorNode?.closest?.(".fact-box") : null;
  if (box) last = { box, range: selection.getRangeAt(0).cloneRange() };
});

// Put a fact where the cursor stood, in one of these fields; at the end of the first one where it stood in none.
export function insert(code, boxes) {
  const known = last && boxes.includes(last.box) && last.box.isConnected ? last : null;
  const box = known?.box ?? boxes[0];
  if (!box) return;
  const range = known?.range ?? document.createRange();
  if (!known) {
    range.selectNodeContents(box);
    range.collapse(false);
  }
  range.deleteContents();
  const made = chip(code);
  range.insertNode(made);
  box.focus();
  document.getSelection().collapse(box, [...box.childNodes].indexOf(made) + 1);
  box.dispatchEvent(new InputEvent("input", { bubbles: true }));
}
