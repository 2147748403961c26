import { useId, useLayoutEffect, useRef } from "react";
import { useQuery } from "urql";
import { useSpeech } from "../../words/words";
import { failureOf } from "../failure";
import { FailureState } from "../states/FailureState";
import { Loading } from "../states/Loading";
import { HISTORY, LATEST_EVENTS } from "./document";
import { History } from "./History";
import "./history.css";

interface Props {
    /** The activity's id; another one needs a dialog of its own (React's `key`). */
    id: string;
    zone: string;
    /** Called when the reader closes it; must not change between renderings. */
    onClose: () => void;
}

/** The history of one activity over the page; the focus goes back where it was when it closes. */
export function HistoryDialog({ id, zone, onClose }: Props) {
    const { words, language } = useSpeech();
    const headingId = useId();
    const dialog = useRef<HTMLDialogElement>(null);
    useLayoutEffect(() => {
        const shown = dialog.current;
        shown?.addEventListener("close", onClose);
        shown?.showModal();
        return () => {
            shown?.removeEventListener("close", onClose);
            // Before it leaves the page: only closing gives the focus back.
            shown?.close();
        };
    }, [onClose]);
    const [{ data, error }, reload] = useQuery({ query: HISTORY, variables: { id, language, latest: LATEST_EVENTS } });
    const activity = data?.smtpActivity;
    return (
        <dialog ref={dialog} className="history" aria-labelledby={headingId} closedby="any">
            <header>
                <h2 id={headingId}>{activity ? words.history.of(activity.recipient) : words.history.heading}</h2>
                <button type="button" onClick={() => dialog.current?.close()}>
                    {words.history.close}
                </button>
            </header>
            {activity && <History activity={activity} sameMessage={data.smtpActivities} zone={zone} />}
            {data && !activity && !error && <p role="status">{words.history.notFound}</p>}
            {error && <FailureState failure={failureOf(error)} onRetry={() => reload()} />}
            {!data && !error && <Loading />}
        </dialog>
    );
}
