import { useSpeech } from "../../words/words";

export function NoPlan() {
    return (
        <p className="state" role="alert">
            {useSpeech().words.noPlan}
        </p>
    );
}
