import { copies } from "./copy.ts";
import { openDialog } from "./dialogs.ts";
import { byID } from "./dom.ts";
import { qr, qrPath } from "./qr.ts";

const svg = "http://www.w3.org/2000/svg";

/** Shows the page's link everywhere it is shown: as text, as a QR code, and behind buttons that copy it. */
export function wireInvitation(): void {
  const link = location.href;
  for (const id of ["share-link", "invite-link"]) byID(id).textContent = link.replace(/^https?:\/\//, "");
  for (const id of ["copy", "share-copy", "invite-copy"]) copies(byID(id), () => link);
  for (const id of ["qr", "menu-invite"]) byID(id).addEventListener("click", () => openDialog("invite"));
  const code = qr(link);
  for (const id of ["alone-qr", "invite-qr"]) {
    const picture = document.getElementById(id)!;
    picture.classList.toggle("none", !code); // too long a link
    if (!code) continue;
    const size = code.length + 8;
    picture.setAttribute("viewBox", `0 0 ${size} ${size}`);
    const path = document.createElementNS(svg, "path");
    path.setAttribute("d", qrPath(code));
    picture.replaceChildren(path);
  }
}
