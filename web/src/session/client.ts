import { Client, fetchExchange, mapExchange } from "urql";
import type { Session } from "./session";

/** A client that asks as the session's caller; a token that the service refuses ends the session. */
export function createClient(session: Session, base: string): Client {
    return new Client({
        url: new URL("graphql", base).href,
        preferGetMethod: false,
        requestPolicy: "network-only",
        fetchOptions: () => ({ headers: { Authorization: `Bearer ${session.state.token}` } }),
        exchanges: [
            mapExchange({
                onError(error) {
                    if (error.response?.status === 401) session.end("refused");
                },
            }),
            fetchExchange,
        ],
    });
}
