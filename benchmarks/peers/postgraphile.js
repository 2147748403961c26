// The same slice on PostGraphile 5: its own connection over a view of the caller's account.
import { createServer } from "node:http";

import { createVerifier } from "fast-jwt";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

// Node 20 lacks it.
Promise.withResolvers ??= function () {
    const made = {};
    made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
    return made;
};

const { DATABASE_URL, TOKEN_SECRET, PORT } = process.env;
const verify = createVerifier({ key: TOKEN_SECRET, algorithms: ["HS256"], cache: true });

const preset = {
    extends: [PostGraphileAmberPreset],
    pgServices: [makePgService({ connectionString: DATABASE_URL, schemas: ["peers"], poolConfig: { max: 10 } })],
    grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
    grafast: {
        explain: false,
        context(details) {
            const header = details.node?.req.headers.authorization;
            return { pgSettings: { "peers.account": String(verify(header.slice("Bearer ".length)).account_id) } };
        },
    },
};
const server = createServer();
await postgraphile(preset).createServ(grafserv).addTo(server);
server.listen(Number(PORT), "127.0.0.1");
