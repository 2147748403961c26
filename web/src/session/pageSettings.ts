/** What the service tells its pages before anybody signed in (graphql_api/web_pages.py). */
export interface PageSettings {
    /** Origins that may frame the page and give it tokens. */
    readonly embedOrigins: readonly string[];
    /** Callers that the demo lets anybody be; none but in the demo. */
    readonly demoCallers: readonly { readonly name: string; readonly token: string }[];
}

export async function readPageSettings(base: string): Promise<PageSettings> {
    const answer = await fetch(new URL("page-settings.json", base));
    if (!answer.ok) throw new Error(`The page's settings were answered with ${answer.status}.`);
    return answer.json();
}
