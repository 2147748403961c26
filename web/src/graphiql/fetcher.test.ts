import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createFetcher } from "./fetcher";

let server: Server;
/** The tokens that the session heard to be refused. */
let refused: string[];

afterEach(() => server.close());

test("a document is posted as it is written, with the session's token", async () => {
    let asked: object = {};
    const fetcher = await fetcherOf("t1", (request, answer) => {
        const { method, url, headers } = request;
        request.setEncoding("utf8").on("data", (body) => {
            asked = { method, url, authorization: headers.authorization, body: JSON.parse(body) };
            answer.setHeader("Content-Type", "application/graphql-response+json").end('{"data":{"viewer":null}}');
        });
    });
    const given = { query: "query A { viewer { id } }", variables: { a: 1 }, operationName: "A" };
    expect(await fetcher(given)).toEqual({ data: { viewer: null } });
    expect(asked).toEqual({ method: "POST", url: "/below/graphql", authorization: "Bearer t1", body: given });
});

test("a token that the service refuses ends the session", async () => {
    const fetcher = await fetcherOf("t1", (_request, answer) => {
        answer.writeHead(401, { "Content-Type": "application/json" }).end('{"errors":[]}');
    });
    await fetcher({ query: "{ viewer { id } }" });
    expect(refused).toEqual(["t1"]);
});

test("an answer that is no JSON is told as what it is", async () => {
    const fetcher = await fetcherOf("t1", (_request, answer) => {
        answer.writeHead(502, { "Content-Type": "text/html" }).end("<h1>Bad gateway</h1>");
    });
    await expect(fetcher({ query: "{ viewer { id } }" })).rejects.toThrow(
        "The service answered with 502, and not in JSON.",
    );
    expect(refused).toEqual([]);
});

/** A fetcher of a page below a path of a server that answers so. */
async function fetcherOf(token: string, answer: RequestListener) {
    refused = [];
    server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const session = { state: { token }, refuse: (token: string) => refused.push(token) };
    return createFetcher(session, `http://127.0.0.1:${port}/below/graphiql`);
}
