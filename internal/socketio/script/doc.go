// Package script plays what clients do against an App of Socket.IO, and tells who gets what:
//
//	# comments and empty lines are nothing
//	a connects
//	b connects /video ?name=ada {"token": "t"}     namespace, query and auth are each optional
//	a > join room ["r1"]                           an event and its arguments
//	a > join ["r1"] ack                            that waits for an acknowledgement
//	b/video > join                                 outside of the main namespace
//	a leaves                                       disconnects
//	b < user-left ["a"]                            is expected of what comes before
//	a < join [["b"]] ack                           is an acknowledgement of join
//	! FILE:3: emit: …                              is an event that failed
//
// A client's socket.id is its name, that of the second one a#2. A script that expects anything expects
// all: Differences tells what came otherwise.
package script
