import type { Words } from "./words";

/** A status in words; one that this page does not know yet, as the schema writes it. */
export function statusLabel(status: string, words: Words): string {
    return (words.statuses as Record<string, string>)[status] ?? status;
}
