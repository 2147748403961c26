import { createContext, type ReactNode, useContext, useLayoutEffect, useMemo, useState } from "react";
import type { Keeping } from "../session/storage";
import { SpeechContext, speech, type Words } from "../words/words";
import { keepPreferences, keptPreferences, type Preferences } from "./preferences";

interface Chosen {
    readonly preferences: Preferences;
    readonly choose: (chosen: Partial<Preferences>) => void;
}

const PreferencesContext = createContext<Chosen | null>(null);

export function usePreferences(): Chosen {
    const chosen = useContext(PreferencesContext);
    if (chosen === null) throw new Error("usePreferences is called outside of Preferring.");
    return chosen;
}

interface Props {
    storage: Keeping;
    title: (words: Words) => string;
    children: ReactNode;
}

/** Speaks the reader's language and shows the reader's theme, to the browser as well. */
export function Preferring({ storage, title, children }: Props) {
    const [preferences, setPreferences] = useState(() => keptPreferences(storage, navigator.languages));
    const spoken = speech(preferences.language);
    const { locale, words } = spoken;
    const heading = title(words);
    useLayoutEffect(() => {
        document.documentElement.lang = locale;
        document.documentElement.dataset.theme = preferences.theme;
        document.title = heading;
    }, [locale, preferences.theme, heading]);
    const chosen = useMemo(() => {
        const choose = (change: Partial<Preferences>) => {
            keepPreferences(storage, change);
            setPreferences((before) => ({ ...before, ...change }));
        };
        return { preferences, choose };
    }, [preferences, storage]);
    return (
        <SpeechContext value={spoken}>
            <PreferencesContext value={chosen}>{children}</PreferencesContext>
        </SpeechContext>
    );
}
