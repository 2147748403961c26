import { useSpeech } from "../../words/words";

export function NotAllowed() {
    return (
        <p className="state" role="alert">
            {useSpeech().words.notAllowed}
        </p>
    );
}
