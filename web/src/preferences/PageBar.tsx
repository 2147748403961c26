import { useSyncExternalStore } from "react";
import type { Language } from "../gql/graphql";
import type { Session } from "../session/session";
import { LANGUAGE_NAMES, useSpeech } from "../words/words";
import { usePreferences } from "./Preferring";
import { THEMES, type Theme } from "./preferences";
import "./pageBar.css";

/** Above the page: language, theme, and the way out; none from a host's frame, which would sign in again at once. */
export function PageBar({ session }: { session: Session }) {
    const { words } = useSpeech();
    const { preferences, choose } = usePreferences();
    const { token } = useSyncExternalStore(session.subscribe, () => session.state);
    return (
        <header className="page-bar">
            <label>
                {words.language}{" "}
                <select
                    value={preferences.language}
                    onChange={(event) => choose({ language: event.target.value as Language })}
                >
                    {Object.entries(LANGUAGE_NAMES).map(([language, name]) => (
                        <option key={language} value={language} lang={language.toLowerCase()}>
                            {name}
                        </option>
                    ))}
                </select>
            </label>
            <label>
                {words.theme}{" "}
                <select value={preferences.theme} onChange={(event) => choose({ theme: event.target.value as Theme })}>
                    {THEMES.map((theme) => (
                        <option key={theme} value={theme}>
                            {words.themes[theme]}
                        </option>
                    ))}
                </select>
            </label>
            {token !== null && window.parent === window && (
                <button type="button" onClick={() => session.end("notGiven")}>
                    {words.signIn.leave}
                </button>
            )}
        </header>
    );
}
