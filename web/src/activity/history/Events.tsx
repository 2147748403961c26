import { writtenInstant } from "../../words/instant";
import { useSpeech } from "../../words/words";
import { Status } from "../table/Status";
import { type HistoryEvent, LATEST_EVENTS } from "./document";

interface Props {
    events: readonly HistoryEvent[];
    attempts: number;
    zone: string;
}

/** What happened, oldest first; of a very long story the latest part, and it says so. */
export function Events({ events, attempts, zone }: Props) {
    const { history } = useSpeech().words;
    return (
        <section>
            <h3>{history.events}</h3>
            <p>{history.attempts(attempts)}</p>
            {events.length === LATEST_EVENTS && <p>{history.latestEvents(LATEST_EVENTS)}</p>}
            <ol className="events">
                {events.map((event, index) => (
                    // Events are only ever added, at the end.
                    <li key={index}>
                        <Event event={event} zone={zone} />
                    </li>
                ))}
            </ol>
        </section>
    );
}

function Event({ event, zone }: { event: HistoryEvent; zone: string }) {
    const { words, locale } = useSpeech();
    return (
        <>
            <time dateTime={event.occurredAt}>{writtenInstant(event.occurredAt, zone, locale)}</time>{" "}
            <Status status={event.status} />
            {event.outOfBand && <strong className="out-of-band">{words.history.outOfBand}</strong>}
            {event.response && (
                <span className="answer">
                    {event.remoteHost && words.history.answerOf(event.remoteHost)} <q>{event.response}</q>
                </span>
            )}
        </>
    );
}
