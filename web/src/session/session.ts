/** The caller's token, for this tab only; never in a cookie, in localStorage, or in an address that stays. */
import type { PageSettings } from "./pageSettings";
import type { Keeping } from "./storage";

const KEY = "smtp-activity.token";

/** Signed in, or why not: no token was given yet, or the service refused the last one. */
export type SessionState =
    { readonly token: string } | { readonly token: null; readonly reason: "notGiven" | "refused" };

export class Session {
    /** Who may give tokens; rejected when the service did not say. */
    readonly settings: Promise<PageSettings>;
    #state: SessionState;
    readonly #storage: Keeping;
    readonly #listeners = new Set<() => void>();

    constructor(storage: Keeping, settings: Promise<PageSettings>) {
        this.settings = settings;
        this.#storage = storage;
        const token = storage.getItem(KEY);
        this.#state = token ? { token } : { token: null, reason: "notGiven" };
    }

    get state(): SessionState {
        return this.#state;
    }

    begin(token: string): void {
        this.#storage.setItem(KEY, token);
        this.#become({ token });
    }

    /** The service refused this token; a newer one is not concerned. */
    refuse(token: string): void {
        if (this.#state.token === token) this.end("refused");
    }

    end(reason: "notGiven" | "refused"): void {
        this.#storage.removeItem(KEY);
        this.#become({ token: null, reason });
    }

    /** Calls the listener after every change until the returned function is called. */
    readonly subscribe = (listener: () => void): (() => void) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
    };

    #become(state: SessionState): void {
        this.#state = state;
        for (const listener of this.#listeners) listener();
    }
}
