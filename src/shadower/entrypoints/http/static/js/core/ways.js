// Three ways to be told what happens. Each is given parameters, tells messages, says once when it has ended, and returns
// what ends it quietly.
import { get, query } from "./api.js";
import { parseExactly } from "./json.js";

const ROOT = "/api/v1/live";
const TYPES = ["welcome", "subscribed", "events", "metrics", "jobs", "health", "gap", "heartbeat", "problem"];
const WAIT_S = 20;
const PAUSE_MS = 500;

export function bySocket(parameters, tell, ended) {
  const address = new URL(ROOT + query(parameters), location.href);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new WebSocket(address);
  socket.onmessage = ({ data }) => tell(parseExactly(data));
  socket.onclose = () => ended();
  return () => {
    socket.onclose = socket.onmessage = null;
    if (socket.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close(); // browsers complain of sooner
    else socket.close();
  };
}

export function byStream(parameters, tell, ended) {
  const source = new EventSource(ROOT + query(parameters));
  const end = () => {
    source.close();
    ended();
  };
  for (const type of TYPES) source.addEventListener(type, ({ data }) => tell(parseExactly(data)));
  source.addEventListener("close", end);
  source.addEventListener("error", end);
  return () => source.close();
}

export function byPolling(parameters, tell, ended) {
  const leaving = new AbortController();
  const { signal } = leaving;
  async function ask() {
    let after = parameters.after;
    while (!signal.aborted) {
      const { position, messages } = await get("/live/poll", { ...parameters, after, wait: WAIT_S }, { signal });
      if (signal.aborted) return;
      for (const message of messages) tell(message);
      tell({ type: "heartbeat", position });
      after = position;
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }
  ask().catch((problem) => signal.aborted || ended(problem));
  return () => leaving.abort();
}
