/** What the reader chose for both pages; kept by the browser for the next visit. */
import type { Language } from "../gql/graphql";
import type { Keeping } from "../session/storage";
import { isLanguage, preferred } from "../words/words";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export interface Preferences {
    readonly language: Language;
    readonly theme: Theme;
}

const KEYS = { language: "smtp-activity.language", theme: "smtp-activity.theme" } as const;

/** What was kept; where nothing was, the first of the reader's languages that there is, and the system's theme. */
export function keptPreferences(storage: Keeping, locales: readonly string[]): Preferences {
    const language = storage.getItem(KEYS.language);
    const theme = storage.getItem(KEYS.theme);
    return {
        language: language !== null && isLanguage(language) ? language : preferred(locales),
        theme: THEMES.find((known) => known === theme) ?? "system",
    };
}

/** Keeps what was chosen; a language that was not stays that of the browser. */
export function keepPreferences(storage: Keeping, chosen: Partial<Preferences>): void {
    if (chosen.language) storage.setItem(KEYS.language, chosen.language);
    if (chosen.theme) storage.setItem(KEYS.theme, chosen.theme);
}
