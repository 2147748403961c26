/** Where the pages are and who may look at them: what tests/web/test_pages.py started and issued. */

function given(name: string): string {
    const value = process.env[name];
    if (!value) throw new Error(`${name} is not set: run these tests by pytest, tests/web/test_pages.py.`);
    return value;
}

/** The service's address, with a slash at its end. */
export const ADDRESS = given("PAGES_ADDRESS");

/** The address of a site that frames the page: after the hash, the service's origin, a comma, and a token to give. */
export const HOST = given("PAGES_HOST");

/** The instant at which the service's time stands still. */
export const NOW = new Date(given("PAGES_NOW"));

/** Tokens by the names that tests/web/conftest.py gives them. */
export const TOKENS: Readonly<Record<string, string>> = JSON.parse(given("PAGES_TOKENS"));

export function tokenOf(caller: string): string {
    const token = TOKENS[caller];
    if (token === undefined) throw new Error(`No token was issued for “${caller}”.`);
    return token;
}

/** So many activities of an account arrive, a minute between two; tests/web/conftest.py says which accounts are free. */
export async function arrive(account: string, number: number, newest: Date = NOW): Promise<void> {
    const body = JSON.stringify({ account, number, newest: newest.toISOString() });
    const answer = await fetch(`${ADDRESS}test/arrivals`, { method: "POST", body });
    if (!answer.ok) throw new Error(`Nothing arrived: ${answer.status}.`);
}
