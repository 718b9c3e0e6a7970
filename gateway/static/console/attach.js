// What goes along with the reply: named beside the field, weighed before it is sent, and gone once it was.
import { refuse } from "./forms.js";
import { words } from "./words.js";

const FIELDS = ["attach-file", "place-name", "place-address", "place-coordinates"];
const fields = () => FIELDS.map((id) => document.getElementById(id)).filter(Boolean);

function show() {
  const names = fields().map((each) => (each.type === "file" ? each.files[0]?.name : each.value.trim())).filter(Boolean);
  const line = document.getElementById("attached");
  if (line) line.textContent = names.length ? `📎 ${names.join(", ")}` : "";
  const away = document.getElementById("attach-none");
  if (away) away.hidden = !names.length;
}

export function takeAway() {
  for (const each of fields()) each.value = "";
  show();
}

// A larger file would be sent for minutes, and refused at its end.
function weigh(field) {
  const file = field.files[0];
  const largest = Number(file?.type.startsWith("image/") ? field.dataset.largestPicture : field.dataset.largest);
  if (!file || file.size <= largest) return refuse("");
  field.value = "";
  refuse(words().file_too_large);
}

export function start() {
  document.addEventListener("input", (event) => { if (FIELDS.includes(event.target.id)) show(); });
  document.addEventListener("change", (event) => {
    if (event.target.id === "attach-file") weigh(event.target);
    if (FIELDS.includes(event.target.id)) show();
  });
  document.addEventListener("click", (event) => {
    if (event.target.id !== "attach-none") return;
    takeAway();
    document.querySelector("#attach-box > summary").focus();
  });
  document.addEventListener("sent", takeAway);
}
