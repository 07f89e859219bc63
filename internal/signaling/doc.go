// Package signaling is the domain of Parley: rooms, the peers in them, and what one peer may tell another.
//
// It knows no Amazon and no wire format. A Command comes in with the connection that sent it, the Service asks its Store
// once, and Events go out through an Encoder (which knows the target's dialect) and a Pusher (which knows sockets).
// Time is that of the event, never that of the machine, so a run can be repeated exactly.
package signaling
