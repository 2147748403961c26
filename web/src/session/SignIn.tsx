import type { FormEvent } from "react";
import { useSpeech } from "../words/words";
import { GivenTokens } from "./GivenTokens";
import type { Session } from "./session";
import "./signIn.css";

interface Props {
    session: Session;
    reason: "notGiven" | "refused";
}

/** Says what is needed, and takes a pasted token. */
export function SignIn({ session, reason }: Props) {
    const { signIn } = useSpeech().words;
    const enter = (event: FormEvent<HTMLFormElement>) => {
        event.preventDefault();
        const token = new FormData(event.currentTarget).get("token");
        if (typeof token === "string" && token.trim()) session.begin(token.trim());
    };
    return (
        <main className="sign-in">
            <h1>{signIn.heading}</h1>
            <p role="status">{reason === "refused" ? signIn.refused : signIn.needed}</p>
            <form onSubmit={enter}>
                <label htmlFor="token">{signIn.token}</label>
                <input id="token" name="token" type="password" autoComplete="off" spellCheck={false} required />
                <button type="submit">{signIn.enter}</button>
            </form>
            <GivenTokens session={session} />
        </main>
    );
}
