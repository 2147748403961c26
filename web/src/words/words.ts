import { createContext, useContext } from "react";
import type { Language } from "../gql/graphql";
import { en } from "./en";
import { fr } from "./fr";

/** The shape of a dictionary: a line missing in one language does not compile. */
export type Words = typeof en;

/** What each language calls itself. */
export const LANGUAGE_NAMES: Record<Language, string> = { EN: "English", FR: "Français" };

const DICTIONARIES: Record<Language, Words> = { EN: en, FR: fr };

/** The words of the chosen language, and `locale` for Intl and the `lang` attribute. */
export interface Speech {
    readonly language: Language;
    readonly locale: string;
    readonly words: Words;
}

export function speech(language: Language): Speech {
    return { language, locale: language.toLowerCase(), words: DICTIONARIES[language] };
}

/** The first of the reader's languages that there is; English when there is none. */
export function preferred(locales: readonly string[]): Language {
    return locales.map((locale) => locale.slice(0, 2).toUpperCase()).find(isLanguage) ?? "EN";
}

export function isLanguage(text: string): text is Language {
    return Object.hasOwn(DICTIONARIES, text);
}

export const SpeechContext = createContext(speech("EN"));

export function useSpeech(): Speech {
    return useContext(SpeechContext);
}
