import { createRoot } from "react-dom/client";
import { openSession } from "../session/open";
import { SessionGate } from "../session/SessionGate";
import { GraphiqlPage } from "./GraphiqlPage";
import "../theme.css";
import "./graphiql.css";

const place = document.getElementById("page");
if (place === null) throw new Error("graphiql.html has no element with the id “page”.");
const session = openSession(window);
const base = document.baseURI;

createRoot(place).render(
    <SessionGate session={session} base={base}>
        <GraphiqlPage session={session} base={base} />
    </SessionGate>,
);
