import { useRef } from "react";
import type { SmtpActivityFilter } from "../../gql/graphql";
import { useSpeech } from "../../words/words";
import { MOST_COUNTED, useArrivals } from "../useArrivals";

interface Props {
    filter: SmtpActivityFilter;
    newest: string | null;
    waiting: boolean;
    onLoad: () => void;
}

/** Says how many activities arrived since the rows were loaded; they come when asked for, and shift nothing before. */
export function Arrivals({ filter, newest, waiting, onLoad }: Props) {
    const { words, locale } = useSpeech();
    const place = useRef<HTMLDivElement>(null);
    const count = useArrivals(filter, newest, waiting);
    const written = new Intl.NumberFormat(locale).format(Math.min(count, MOST_COUNTED));
    const load = () => {
        onLoad();
        // The button is about to go: a keyboard goes on from here.
        place.current?.focus({ preventScroll: true });
    };
    return (
        <div role="status" className="arrivals" tabIndex={-1} ref={place}>
            {count > 0 && (
                <button type="button" onClick={load}>
                    {words.arrivals(count > MOST_COUNTED ? `${written}+` : written)}
                </button>
            )}
        </div>
    );
}
