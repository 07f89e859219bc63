// Package native is parley.v1, Parley's own protocol: text frames of one JSON object each.
//
//	alice                          service                          bob
//	  │ {"action":"join","id":"1",    │                               │
//	  │  "room":"r","peer":"alice"}   │                               │
//	  │──────────────────────────────▶│                               │
//	  │ {"type":"joined","id":"1",    │ {"type":"peer-joined",        │
//	  │  "peer":"alice","peers":[     │  "peer":"alice",              │
//	  │   {"peer":"bob",              │  "address":"…"}               │
//	  │    "address":"…"}], …}        │──────────────────────────────▶│
//	  │◀──────────────────────────────│                               │
//	  │ {"action":"signal","to":"bob",│                               │
//	  │  "address":"…","data":OFFER}  │ {"type":"signal",             │
//	  │──────────────────────────────▶│  "from":"alice","data":OFFER} │
//	  │                               │──────────────────────────────▶│
//	  │                               │ {"action":"signal",           │
//	  │ {"type":"signal",             │  "to":"alice","address":"…",  │
//	  │  "from":"bob","data":ANSWER}  │  "data":ANSWER}               │
//	  │◀──────────────────────────────│◀──────────────────────────────│
//	  │ {"action":"leave","room":"r"} │ {"type":"peer-left",          │
//	  │──────────────────────────────▶│  "peer":"alice",              │
//	  │                               │  "reason":"left"}             │
//	  │                               │──────────────────────────────▶│
//
// Client frames have an action, server frames a type. Field names are case-sensitive, unknown fields are ignored. A
// request may carry an id, which comes back on its answer. data is any JSON value and travels byte for byte.
package native

// Name is the WebSocket subprotocol, and the dialect's name in the store.
const Name = "parley.v1"
