// Package sip serves SIP over WebSocket (RFC 7118): a registrar and a proxy (RFC 3261) for phones in
// browsers, such as JsSIP and SIP.js.
//
//	phone ── REGISTER ──▶ registrar ──▶ the directory: user@domain ─▶ connections, each with its Contacts
//	phone ── request ───▶ proxy ─ From is the sender's? ─ who is it for? ─ a Via of ours, sealed ──▶ phone
//	phone ── response ──▶ proxy ─ the Via says whose it is, and of whom it may come ──▶ phone
//
// A request to one contact leaves nothing behind: the response finds its way by the Via. Only one that
// is forked to several has an item, in which its branches meet (Transactions).
package sip
