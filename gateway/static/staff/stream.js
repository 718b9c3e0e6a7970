// The doorbell of a page of the staff: one stream that says what has changed, whoever on the page wants to hear it.
let source = null;
let open = false;

export const isOpen = () => open;

function tell(name, detail = {}) {
  document.dispatchEvent(new CustomEvent(`stream-${name}`, { detail }));
}

export function connect() {
  if (source && source.readyState !== EventSource.CLOSED) return;
  source = new EventSource("/console/events");
  source.addEventListener("open", () => { open = true; tell("open"); });
  source.addEventListener("error", () => { open = false; });
  source.addEventListener("changed", (event) => tell("changed", JSON.parse(event.data)));
  source.addEventListener("over", () => { source.close(); open = false; tell("over"); });
}

addEventListener("pagehide", () => source?.close());
addEventListener("pageshow", (event) => { if (event.persisted && source) connect(); });
