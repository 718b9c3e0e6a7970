// Every page of the staff: says that somebody is here, and covers the page when nobody has been for long.
const lockSeconds = Number(document.body.dataset.lockSeconds);
const token = document.querySelector("meta[name=csrf-token]").content;
let used = Date.now();
let told = Date.now();

async function tell() {
  told = Date.now();
  const answer = await fetch("/account/here", { method: "POST", headers: { "x-csrf-token": token } });
  if (answer.status === 401) lock();
}

async function lock() {
  await fetch("/unlock/now", { method: "POST", headers: { "x-csrf-token": token }, redirect: "manual" }).catch(() => {});
  location.assign("/unlock?" + new URLSearchParams({ next: location.pathname + location.search }));
}

for (const kind of ["pointerdown", "keydown", "wheel", "touchstart"]) {
  addEventListener(kind, () => {
    used = Date.now();
    if (used - told > 60_000) tell().catch(() => {}); // without a network the server's own clock decides
  }, { passive: true, capture: true });
}

setInterval(() => {
  if (Date.now() - used > lockSeconds * 1000) lock();
}, 5_000);

// A choice of language needs no second press where script runs.
const language = document.getElementById("frame-language");
if (language) {
  const choose = () => language.form.requestSubmit();
  language.form.querySelector("button").hidden = true;
  language.addEventListener("change", choose);
  if (language.value !== document.documentElement.lang) choose(); // chosen before this script was there
}
