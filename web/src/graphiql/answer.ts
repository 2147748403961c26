/** The errors of an answer, for reading: GraphiQL shows the answer's JSON beside them. */
export interface Refusal {
    /** The stable code, where the service gave one. */
    readonly code: string | null;
    readonly message: string;
}

/** The errors in the text of GraphiQL's answer pane; none while it is empty or being written. */
export function refusalsIn(answer: string | null): readonly Refusal[] {
    if (!answer) return [];
    const { errors }: { errors?: readonly GivenError[] } = JSON.parse(answer);
    return (errors ?? []).map(({ message, extensions }) => ({ code: extensions?.code ?? null, message }));
}

interface GivenError {
    readonly message: string;
    readonly extensions?: { readonly code?: string };
}
