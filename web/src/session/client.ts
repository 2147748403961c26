import { Client, fetchExchange, mapExchange } from "urql";
import type { Session } from "./session";

/** A client that asks with one token of the session's; when the service refuses it, the session hears which it was. */
export function createClient(session: Session, token: string, base: string): Client {
    return new Client({
        url: new URL("graphql", base).href,
        preferGetMethod: false,
        requestPolicy: "network-only",
        fetchOptions: { headers: { Authorization: `Bearer ${token}` } },
        exchanges: [
            mapExchange({
                onError(error) {
                    if (error.response?.status === 401) session.refuse(token);
                },
            }),
            fetchExchange,
        ],
    });
}
