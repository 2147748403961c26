import type { Language, SmtpActivityStatus } from "../../gql/graphql";

/** What each status means and what can be done, in the service's own words (models/explanation.py). */
export type StatusExplanations = Record<SmtpActivityStatus, Record<Language, string>>;

export async function readStatusExplanations(base: string): Promise<StatusExplanations> {
    const answer = await fetch(new URL("status-explanations.json", base));
    if (!answer.ok) throw new Error(`The statuses' explanations were answered with ${answer.status}.`);
    return answer.json();
}
