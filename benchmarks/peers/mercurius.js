// The same slice of the schema on Mercurius with graphql-jit: resolvers written by hand, on a prepared statement.
import { createVerifier } from "fast-jwt";
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";

const { DATABASE_URL, TOKEN_SECRET, PORT } = process.env;
const verify = createVerifier({ key: TOKEN_SECRET, algorithms: ["HS256"], cache: true });
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });

const schema = `
    scalar DateTime
    type Query { smtpActivities(first: Int!, after: String): SmtpActivityConnection! }
    type SmtpActivityConnection { edges: [SmtpActivityEdge!]! pageInfo: PageInfo! }
    type SmtpActivityEdge { cursor: String! node: SmtpActivity! }
    type PageInfo { hasNextPage: Boolean! endCursor: String }
    type SmtpActivity {
        id: ID! sentAt: DateTime! status: String! recipient: String! subject: String sender: String! messageId: String
    }
`;
const page = `
    select id, sent_at, status, recipient, subject, sender, message_id from smtp_activity
    where account_id = $1 and id < $2 order by id desc limit $3`;
const TOP = "ffffffff-ffff-ffff-ffff-ffffffffffff";
const cursorOf = (id) => Buffer.from(id).toString("base64url");

const resolvers = {
    Query: {
        async smtpActivities(_, { first, after }, { account }) {
            const below = after ? Buffer.from(after, "base64url").toString() : TOP;
            const { rows } = await pool.query({ name: "page", text: page, values: [account, below, first + 1] });
            const shown = rows.slice(0, first);
            return {
                edges: shown.map((row) => ({ cursor: cursorOf(row.id), node: row })),
                pageInfo: {
                    hasNextPage: rows.length > first,
                    endCursor: shown.length ? cursorOf(shown.at(-1).id) : null,
                },
            };
        },
    },
    SmtpActivity: {
        sentAt: (row) => row.sent_at.toISOString(),
        messageId: (row) => row.message_id,
    },
};

const app = Fastify();
await app.register(mercurius, {
    schema,
    resolvers,
    jit: 1,
    context: (request) => ({ account: verify(request.headers.authorization.slice("Bearer ".length)).account_id }),
});
await app.listen({ port: Number(PORT), host: "127.0.0.1" });
