// The page's way to the server: forms there, the stream of what is new back.

const embedded = document.body.dataset.embedded;
const language = document.body.dataset.language;

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function post(path, fields = {}, options = {}) {
  const body = new URLSearchParams({ ...fields, lang: language, ...(embedded ? { embedded } : {}) });
  const response = await fetch(`${path}?lang=${language}`, { method: "POST", body, headers: { Accept: "application/json" }, ...options });
  const content = response.headers.get("content-type")?.includes("json") ? await response.json() : {};
  return { ok: response.ok, status: response.status, ...content };
}

// Goes on from the last thing that was seen; tries again for ever, more slowly each time.
export class Stream {
  constructor(cursor, { onNews, onState, onOver }) {
    Object.assign(this, { cursor, onNews, onState, onOver, failures: 0 });
    this.open();
  }

  open() {
    clearTimeout(this.timer);
    this.source?.close();
    const query = new URLSearchParams({ after: this.cursor, ...(embedded ? { embedded } : {}) });
    this.source = new EventSource(`/chat/events?${query}`);
    this.source.onopen = () => {
      this.failures = 0;
      this.onState(true);
    };
    this.source.addEventListener("news", (event) => {
      this.cursor = event.lastEventId;
      this.onNews(JSON.parse(event.data));
    });
    this.source.addEventListener("over", () => {
      this.close();
      this.onOver();
    });
    this.source.onerror = () => this.again();
  }

  again() {
    this.source.close();
    this.failures += 1;
    this.onState(false);
    this.timer = setTimeout(() => this.open(), Math.min(500 * 2 ** this.failures, 15000));
  }

  close() {
    clearTimeout(this.timer);
    this.source?.close();
  }
}
