/** What the pages need of a Storage. */
export type Keeping = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/**
 * The browser's storage. A browser that refuses it, as some do to a page in another site's frame, gets one that lasts
 * as long as the page: what is kept is comfort, and nothing breaks without it.
 */
export function storageOf(page: Window, kind: "localStorage" | "sessionStorage"): Keeping {
    try {
        return page[kind];
    } catch (error) {
        if (!(error instanceof DOMException && error.name === "SecurityError")) throw error;
        return new PageStorage();
    }
}

class PageStorage implements Keeping {
    readonly #kept = new Map<string, string>();

    getItem(key: string): string | null {
        return this.#kept.get(key) ?? null;
    }

    setItem(key: string, value: string): void {
        this.#kept.set(key, value);
    }

    removeItem(key: string): void {
        this.#kept.delete(key);
    }
}
