import { useSpeech } from "../../words/words";

export function Loading() {
    return (
        <p className="state" role="status">
            {useSpeech().words.loading}
        </p>
    );
}
