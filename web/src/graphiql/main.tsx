import { createRoot } from "react-dom/client";
import "../theme.css";

const place = document.getElementById("page");
if (place === null) throw new Error("graphiql.html has no element with the id “page”.");
createRoot(place).render(<h1>GraphiQL</h1>);
