// What a page with a shared document needs, as npm has it.
export { Doc } from "yjs";
export { WebrtcProvider } from "y-webrtc";
