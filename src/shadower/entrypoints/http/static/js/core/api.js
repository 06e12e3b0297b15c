// The API, as the page asks it. Every failure becomes a Problem (RFC 9457), never an empty answer.
import { parseExactly } from "./json.js";

const ROOT = "/api/v1";
const PATIENCE_MS = 30_000;

class Problem extends Error {
  constructor({ status = 0, title, detail, code, errors }) {
    super(detail || title || "Something went wrong");
    this.status = status;
    this.title = title || "Shadower cannot be reached";
    this.detail = detail || "";
    this.code = code || "unreachable";
    this.errors = errors || [];
  }
}

export function get(path, params = {}, { signal } = {}) {
  return ask("GET", `${ROOT}${path}${query(params)}`, undefined, signal);
}

/** `body`: a value, or text that is JSON already. */
export function send(method, path, body) {
  return ask(method, `${ROOT}${path}`, body === undefined || typeof body === "string" ? body : JSON.stringify(body));
}

/** `?a=1&b=2&b=3` from an object or pairs; arrays repeat, null and empty values are left out. */
export function query(params) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    for (const one of [value].flat()) if (one !== null && one !== undefined && one !== "") search.append(name, one);
  }
  const text = search.toString();
  return text ? `?${text}` : "";
}

async function ask(method, url, body, signal) {
  const response = await reach(method, url, body, signal);
  if (response.status === 401) {
    location.assign(`/sign-in${query({ next: location.pathname + location.search })}`);
    return new Promise(() => {}); // the page is about to be left
  }
  if (!response.ok) throw new Problem({ title: response.statusText, ...(await read(response)), status: response.status });
  return response.status === 204 ? null : parseExactly(await response.text());
}

async function reach(method, url, body, signal) {
  const timeout = AbortSignal.timeout(PATIENCE_MS);
  const options = { method, headers: { Accept: "application/json" }, signal: signal ? AbortSignal.any([signal, timeout]) : timeout };
  if (body !== undefined) {
    options.body = body;
    options.headers["Content-Type"] = "application/json";
  }
  try {
    return await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ detail: "The server did not answer. Events sent to it wait with their senders." });
  }
}

async function read(response) {
  try {
    return await response.json();
  } catch {
    return {}; // a proxy's error page: the status line has to do
  }
}
