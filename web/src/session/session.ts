/** The caller's token, for this tab only; never in a cookie, in localStorage, or in an address that stays. */

const KEY = "smtp-activity.token";

/** Signed in, or why not: no token was given yet, or the service refused the last one. */
export type SessionState =
    { readonly token: string } | { readonly token: null; readonly reason: "notGiven" | "refused" };

export class Session {
    #state: SessionState;
    readonly #storage: Storage;
    readonly #listeners = new Set<() => void>();

    constructor(storage: Storage) {
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
