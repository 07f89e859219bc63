// Package simulation plays the service as a game that a seed decides: the real handlers and dialects,
// clients that behave as the SDK, PeerJS, y-webrtc and Socket.IO do, and a scheduler that lets one step
// happen at a time and chooses which, and what goes wrong at it. It has tests only.
//
// A step is one request to the store or one push. So a run is one interleaving of the events in it, and
// the same seed plays the same run again.
package simulation
