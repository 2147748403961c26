import type { GraphiQLProps } from "graphiql";

const OURS = "graphiql:";

/** What GraphiQL remembers (documents, values, history) holds addresses of customers: it stays in the browser's tab. */
export function tabStorage(storage: Storage): NonNullable<GraphiQLProps["storage"]> {
    const keys = () => Object.keys(storage).filter((key) => key.startsWith(OURS));
    return {
        getItem: (key) => storage.getItem(key),
        setItem: (key, value) => storage.setItem(key, value),
        removeItem: (key) => storage.removeItem(key),
        clear: () => keys().forEach((key) => storage.removeItem(key)),
        get length() {
            return keys().length;
        },
    };
}
