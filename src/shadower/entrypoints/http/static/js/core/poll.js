// Asking again and again, politely: never two at once, not while the tab is hidden, slower while it fails.
const SLOWEST_MS = 15_000;

/** Run `task` now and then `pause` milliseconds after each end. Returns {now}: run as soon as possible. */
export function every(pause, task) {
  let timer = 0;
  let running = false;
  let again = false;
  let failures = 0;

  async function run() {
    clearTimeout(timer);
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      await task();
      failures = 0;
    } catch (error) {
      failures += 1;
      if (!error.status && error.code !== "unreachable") console.error(error); // a fault of ours, not of the network
    } finally {
      running = false;
    }
    plan();
  }

  function plan() {
    if (document.hidden) return;
    const wait = again && failures === 0 ? 0 : Math.min(pause * 2 ** failures, Math.max(SLOWEST_MS, pause));
    again = false;
    timer = setTimeout(run, wait);
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : run()));
  run();
  return { now: run };
}

/** A function that runs `task` at once, but never within `pause` milliseconds of the last time: then as soon as that is over. */
export function calmly(pause, task) {
  let timer = 0;
  let last = 0;
  return () => {
    if (timer) return;
    const run = () => {
      timer = 0;
      last = Date.now();
      task();
    };
    timer = setTimeout(run, Math.max(0, last + pause - Date.now()));
  };
}
