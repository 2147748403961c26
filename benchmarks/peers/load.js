// Asks one server the same again and again: URL, TOKEN, connections, and how long: requests, or seconds as in 5s.
// Prints what it took as JSON.
import { readFileSync } from "node:fs";

import autocannon from "autocannon";

const [url, token, connections, until] = process.argv.slice(2);
const asking = autocannon({
    url,
    method: "POST",
    connections: Number(connections),
    ...(until.endsWith("s") ? { duration: Number.parseInt(until, 10) } : { amount: Number(until) }),
    // Seconds: a busy machine is slow, and an answer that is late is still one.
    timeout: 60,
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: readFileSync(0),
});
// Its own duration is in whole seconds.
const began = performance.now();
let ended = began;
let requests = 0;
asking.on("response", () => {
    ended = performance.now();
    requests += 1;
});
const result = await asking;
if (result.errors || result.non2xx || result.timeouts) throw new Error(`${url}: not all were answered`);
const { p50, p99 } = result.latency;
process.stdout.write(JSON.stringify({ requests, seconds: (ended - began) / 1000, p50, p99 }));
