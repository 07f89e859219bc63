// Package sip reads and writes messages of SIP (RFC 3261), one to a WebSocket message (RFC 7118): what
// a registrar and a proxy need of them, and no transactions or transports.
package sip
