/** The questions that support is asked every day, as documents to look at, to change and to run. */
import didItArrive from "./queries/did-it-arrive.graphql?raw";
import whatBouncedToday from "./queries/what-bounced-today.graphql?raw";
import whatHappened from "./queries/what-happened-to-this-message.graphql?raw";
import whyWasItRejected from "./queries/why-was-it-rejected.graphql?raw";

export interface ReadyQuery {
    readonly question: string;
    readonly document: string;
    /** Values to start from; `today` is the day in the account's zone, YYYY-MM-DD. */
    readonly variables: (today: string) => Readonly<Record<string, string>>;
}

export const READY_QUERIES: readonly ReadyQuery[] = [
    {
        question: "Did it arrive?",
        document: didItArrive,
        variables: () => ({ recipient: "someone@example.com" }),
    },
    {
        question: "What bounced today?",
        document: whatBouncedToday,
        variables: (today) => ({ today }),
    },
    {
        question: "Why was it rejected?",
        document: whyWasItRejected,
        variables: () => ({ search: "someone@example.com" }),
    },
    {
        question: "What happened to this message?",
        document: whatHappened,
        variables: () => ({ messageId: "20261123.1@example.com" }),
    },
];
