import { writtenInstant } from "../../words/instant";
import { useSpeech } from "../../words/words";

interface Props {
    zone: string;
    /** Up to when events are recorded; null before the first. */
    recordedUpTo: string | null;
}

export function NothingFound({ zone, recordedUpTo }: Props) {
    const { words, locale } = useSpeech();
    return (
        <p className="state" role="status">
            {words.nothingFound}{" "}
            {recordedUpTo ? words.recordedUpTo(writtenInstant(recordedUpTo, zone, locale)) : words.nothingRecorded}
        </p>
    );
}
