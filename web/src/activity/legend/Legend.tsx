import { Fragment, useState } from "react";
import type { SmtpActivityStatus } from "../../gql/graphql";
import { useSpeech } from "../../words/words";
import { Loading } from "../states/Loading";
import { Status } from "../table/Status";
import { readStatusExplanations, type StatusExplanations } from "./statusExplanations";
import "./legend.css";

/** The seven statuses, their meaning and what to do; asked for when it is first opened. */
export function Legend() {
    const { words } = useSpeech();
    const [explanations, setExplanations] = useState<StatusExplanations | "failed">();
    const read = () => {
        setExplanations(undefined);
        readStatusExplanations(document.baseURI).then(setExplanations, () => setExplanations("failed"));
    };
    const toggled = (open: boolean) => {
        if (open && typeof explanations !== "object") read();
    };
    return (
        <details className="legend" onToggle={({ currentTarget }) => toggled(currentTarget.open)}>
            <summary>{words.legend.heading}</summary>
            {explanations === undefined && <Loading />}
            {explanations === "failed" && <p role="alert">{words.legend.failed}</p>}
            {typeof explanations === "object" && <Meanings explanations={explanations} />}
        </details>
    );
}

function Meanings({ explanations }: { explanations: StatusExplanations }) {
    const { words, language } = useSpeech();
    return (
        <dl>
            {(Object.keys(words.statuses) as SmtpActivityStatus[]).map((status) => (
                <Fragment key={status}>
                    <dt>
                        <Status status={status} />
                    </dt>
                    <dd>{explanations[status][language]}</dd>
                </Fragment>
            ))}
        </dl>
    );
}
