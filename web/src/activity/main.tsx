import { createRoot } from "react-dom/client";
import { openSession } from "../session/open";
import { SessionGate } from "../session/SessionGate";
import { preferred, SpeechContext, speech } from "../words/words";
import { ActivityPage } from "./ActivityPage";
import "../theme.css";
import "./activity.css";

const place = document.getElementById("page");
if (place === null) throw new Error("index.html has no element with the id “page”.");
const session = openSession(window);
const chosen = speech(preferred(navigator.languages));
document.documentElement.lang = chosen.locale;
document.title = chosen.words.activity;

createRoot(place).render(
    <SpeechContext value={chosen}>
        <SessionGate session={session} base={document.baseURI}>
            <ActivityPage />
        </SessionGate>
    </SpeechContext>,
);
