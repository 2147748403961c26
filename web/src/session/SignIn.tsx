import type { FormEvent } from "react";
import { useSpeech } from "../words/words";

interface Props {
    reason: "notGiven" | "refused";
    onToken: (token: string) => void;
}

/** Says what is needed, and takes a pasted token. */
export function SignIn({ reason, onToken }: Props) {
    const { signIn } = useSpeech().words;
    const enter = (event: FormEvent<HTMLFormElement>) => {
        event.preventDefault();
        const token = new FormData(event.currentTarget).get("token");
        if (typeof token === "string" && token.trim()) onToken(token.trim());
    };
    return (
        <main className="sign-in">
            <h1>{signIn.heading}</h1>
            <p role="status">{reason === "refused" ? signIn.refused : signIn.needed}</p>
            <form onSubmit={enter}>
                <label>
                    {signIn.token} <input name="token" type="password" autoComplete="off" spellCheck={false} required />
                </label>
                <button type="submit">{signIn.enter}</button>
            </form>
        </main>
    );
}
