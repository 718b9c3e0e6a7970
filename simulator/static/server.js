// The page's way to the stand-in: JSON there and back, and the stream of changes.

const base = document.body.dataset.base;

export const words = JSON.parse(document.body.dataset.words);
export const language = document.body.dataset.language;
export const service = document.body.dataset.service;

export const address = (path) => `${base}${path}`;

async function ask(path, options) {
  const response = await fetch(address(path), options);
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}

export const get = (path) => ask(path, { headers: { Accept: "application/json" } });

export const post = (path, content) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) });

export function listen(phone, onChange, onState) {
  const path = phone ? `/events?phone=${encodeURIComponent(phone)}` : "/events";
  const stream = new EventSource(address(path));
  stream.onmessage = (event) => onChange(JSON.parse(event.data));
  stream.onopen = () => onState(true);
  stream.onerror = () => {
    onState(false);
    // The browser tries again by itself unless the server was gone for good.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => onChange({ kind: "reconnect" }), 1500);
  };
  return stream;
}
