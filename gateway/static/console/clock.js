// Lets waiting times and countdowns go on between two fetches.
import { span } from "../staff/spans.js";

function tick() {
  for (const each of document.querySelectorAll("[data-since]")) each.textContent = span((Date.now() - new Date(each.dataset.since)) / 1000);
  for (const each of document.querySelectorAll("[data-until]")) each.textContent = span((new Date(each.dataset.until) - Date.now()) / 1000);
}

export function start() {
  setInterval(tick, 15_000);
}
