import { greet } from "../../client/index.ts";
import { mark } from "./parts/mark.ts";

const out: HTMLElement | null = document.getElementById("out");
if (out) out.textContent = greet("bundle") + mark;
