// Package digest authenticates by passwords that never travel (RFC 7616), as SIP does it (RFC 3261,
// 22; RFC 8760).
//
// A challenge offers each algorithm in a header field of its own, SHA-256 first and MD5 last. So
// RFC 8760, 2.3 wants it: the best first, and a client takes the first that it knows. JsSIP 3.13
// and SIP.js 0.21 know MD5 alone, look at the last field alone and give up where that is of another
// algorithm; two challenges in one field, joined by a comma, make them drop the whole response.
// JsSIP prefers auth-int where it is offered, which protects bodies that are none here, so it is
// not. Who has answered one challenge answers another only if that says stale=true.
package digest
