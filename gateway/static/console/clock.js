// Lets waiting times and countdowns go on between two fetches.
function span(seconds) {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  if (minutes >= 1440) return `${Math.floor(minutes / 1440)} d ${Math.floor(minutes / 60) % 24} h`;
  return minutes >= 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes} min`;
}

function tick() {
  for (const each of document.querySelectorAll("[data-since]")) each.textContent = span((Date.now() - new Date(each.dataset.since)) / 1000);
  for (const each of document.querySelectorAll("[data-until]")) each.textContent = span((new Date(each.dataset.until) - Date.now()) / 1000);
}

export function start() {
  setInterval(tick, 15_000);
}
