// Package admission decides who may connect: by the Origin of the page, and by a JSON Web Token (RFC 7519) signed with a
// shared secret (HS256) or with a key of a JWK Set (RS256, ES256, EdDSA).
//
// What it refuses is an Error whose message says why, for the log: a browser is told no more than that the handshake
// failed. No message holds any of the token. Time is the event's, so tokens expire by the same clock as all else.
package admission
