import { useSpeech, type Words } from "../../words/words";
import { type Fault, REASONS, STATUSES } from "../view";

/** What the address says that cannot be read: rows that were not asked for would be taken for those that were. */
export function AddressFaults({ faults, onMend }: { faults: readonly Fault[]; onMend: () => void }) {
    const { words } = useSpeech();
    return (
        <div className="state" role="alert">
            <p>{words.faults.heading}</p>
            <ul>
                {faults.map((fault) => (
                    <li key={`${fault.name} ${fault.value}`}>{inWords(fault, words)}</li>
                ))}
            </ul>
            <button type="button" onClick={onMend}>
                {words.faults.mend}
            </button>
        </div>
    );
}

function inWords({ kind, name, value }: Fault, { faults }: Words): string {
    switch (kind) {
        case "period":
            return faults.period(value);
        case "status":
            return faults.status(value, STATUSES.join(", "));
        case "reason":
            return faults.reason(value, REASONS.join(", "));
        case "blank":
            return faults.blank(name);
        case "repeated":
            return faults.repeated(name);
    }
}
