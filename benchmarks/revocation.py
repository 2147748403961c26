"""How soon a token that one worker revokes is refused by another, which is asked without a pause; prints its table."""

import argparse
import statistics
import time

import httpx

_ISSUE = """
mutation {
  accessTokenIssue(input: {name: "bench", permissions: ACCESS_SMTP_ACTIVITIES}) { accessToken { id } secret }
}
"""
_REVOKE = "mutation ($id: ID!) { accessTokenRevoke(input: {id: $id}) { userErrors { code } } }"
_WHO = {"query": "{ viewer { id } }"}


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _ask(client: httpx.Client, token: str, query: str, **variables: str) -> dict[str, dict[str, object]]:
    answer = client.post("/graphql", json={"query": query, "variables": variables}, headers=_headers(token)).json()
    if "errors" in answer:
        raise SystemExit(f"The service refused: {answer['errors']}")
    data: dict[str, dict[str, object]] = answer["data"]
    return data


def _seconds_until_refused(here: httpx.Client, there: httpx.Client, administrator: str) -> float:
    issued = _ask(here, administrator, _ISSUE)["accessTokenIssue"]
    secret, token = str(issued["secret"]), issued["accessToken"]
    if not isinstance(token, dict) or there.post("/graphql", json=_WHO, headers=_headers(secret)).status_code != 200:
        raise SystemExit("The other worker does not take the token.")
    started = time.perf_counter()
    _ask(here, administrator, _REVOKE, id=token["id"])
    while there.post("/graphql", json=_WHO, headers=_headers(secret)).status_code == 200:
        pass
    return time.perf_counter() - started


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--here", required=True, help="the worker that revokes, such as http://127.0.0.1:8321")
    parser.add_argument("--there", required=True, help="the worker that is asked")
    parser.add_argument("--token", required=True, help="an administrator's")
    parser.add_argument("--rounds", type=int, default=50)
    given = parser.parse_args()
    with httpx.Client(base_url=given.here) as here, httpx.Client(base_url=given.there) as there:
        seconds = [_seconds_until_refused(here, there, given.token) for _ in range(given.rounds)]
    print("| tokens | median ms | longest ms |\n|---|---|---|")
    print(f"| {len(seconds)} | {statistics.median(seconds) * 1000:.1f} | {max(seconds) * 1000:.1f} |\n")


if __name__ == "__main__":
    main()
