import { useSpeech } from "../../words/words";

interface Props {
    message: string;
    requestId: string | null;
    onRetry: () => void;
}

export function Failed({ message, requestId, onRetry }: Props) {
    const { words } = useSpeech();
    return (
        <div className="state" role="alert">
            <p>{words.failed}</p>
            <p>{message}</p>
            {requestId && <p>{words.requestId(requestId)}</p>}
            <button type="button" onClick={onRetry}>
                {words.tryAgain}
            </button>
        </div>
    );
}
