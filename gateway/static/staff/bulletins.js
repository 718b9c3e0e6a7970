// The form of a bulletin: shows while writing how many characters are left, and the notice as the chat will show it.
const form = document.getElementById("bulletin-form");

function show(field) {
  const left = form.querySelector(`[data-left="${field.name}"]`);
  if (left) {
    const rest = field.maxLength - field.value.length;
    left.textContent = `(${rest})`;
    left.classList.toggle("few", rest < field.maxLength / 10);
  }
  const shown = form.querySelector(`[data-shows="${field.name}"]`);
  if (shown) shown.textContent = field.value;
}

for (const preview of form.querySelectorAll("[data-preview]")) preview.hidden = false;
for (const field of form.querySelectorAll("[maxlength]")) {
  show(field);
  field.addEventListener("input", () => show(field));
}
