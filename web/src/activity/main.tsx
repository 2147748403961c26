import { createRoot } from "react-dom/client";
import { PageBar } from "../preferences/PageBar";
import { Preferring } from "../preferences/Preferring";
import { openSession } from "../session/open";
import { SessionGate } from "../session/SessionGate";
import { storageOf } from "../session/storage";
import { ActivityPage } from "./ActivityPage";
import "../theme.css";
import "./activity.css";

const place = document.getElementById("page");
if (place === null) throw new Error("index.html has no element with the id “page”.");
const session = openSession(window);

createRoot(place).render(
    <Preferring storage={storageOf(window, "localStorage")} title={(words) => words.activity}>
        <PageBar session={session} />
        <SessionGate session={session} base={document.baseURI}>
            <ActivityPage />
        </SessionGate>
    </Preferring>,
);
