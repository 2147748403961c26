import { useState } from "react";
import { useSpeech } from "../../words/words";

/** Copies a text, and says that it did; where the browser refuses, the text is shown to be taken by hand. */
export function CopyButton({ text, label }: { text: string; label: string }) {
    const { history } = useSpeech().words;
    const [outcome, setOutcome] = useState<"copied" | "refused">();
    const copy = async () => {
        try {
            // Not there at all without TLS, nor in a frame whose host does not allow it.
            await navigator.clipboard.writeText(text);
            setOutcome("copied");
        } catch {
            setOutcome("refused");
        }
    };
    return (
        <>
            <button type="button" className="copy" onClick={copy}>
                {label}
            </button>
            <span role="status">
                {outcome === "copied" && history.copied}
                {outcome === "refused" && history.copyRefused}
            </span>
            {outcome === "refused" && <span className="by-hand">{text}</span>}
        </>
    );
}
