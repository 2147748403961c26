import { useEffect, useState } from "react";
import { useSpeech } from "../words/words";
import type { PageSettings } from "./pageSettings";
import type { Session } from "./session";

/** The callers of the demo to choose from; and where nobody could be asked for a token, that. */
export function GivenTokens({ session }: { session: Session }) {
    const { signIn } = useSpeech().words;
    const [callers, setCallers] = useState<PageSettings["demoCallers"]>([]);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
        session.settings.then(
            ({ demoCallers }) => setCallers(demoCallers),
            () => setFailed(true),
        );
    }, [session]);
    if (failed) return <p role="alert">{signIn.settingsFailed}</p>;
    if (callers.length === 0) return null;
    return (
        <section aria-labelledby="demo-callers">
            <h2 id="demo-callers">{signIn.demoCallers}</h2>
            <ul>
                {callers.map(({ name, token }) => (
                    <li key={name}>
                        <button type="button" onClick={() => session.begin(token)}>
                            {name}
                        </button>
                    </li>
                ))}
            </ul>
        </section>
    );
}
