// Asks a running service what GraphQL over HTTP asks of it; prints one line of JSON for each audit.
// Usage: node audit.js URL TOKEN

import { auditServer } from "graphql-http";

const [url, token] = process.argv.slice(2);

function fetchFn(input, init = {}) {
  return fetch(input, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });
}

for (const { id, name, status, reason } of await auditServer({ url, fetchFn })) {
  console.log(JSON.stringify({ id, name, status, reason }));
}
