// Package peerjs serves the clients of PeerJS, which are called by an id that is theirs alone.
//
// A client shows itself in the query of its handshake, and waits for the server to speak first:
//
//	client  ?key=peerjs&id=alice&token=t0k3n&version=1.5.5
//	server  {"type":"OPEN"}                                            she is alice now, or
//	        {"type":"ID-TAKEN","payload":{"msg":"ID is taken"}}        and the socket is closed, or
//	        {"type":"ERROR","payload":{"msg":"Invalid key provided"}}  likewise
//
// The token is the client's own, made up anew by each Peer object: who brings it again, as
// reconnect() does, takes the id over from the socket before.
//
//	caller  {"type":"OFFER","dst":"bob","payload":{…}}
//	callee  {"type":"OFFER","src":"alice","dst":"bob","payload":{…}}   ANSWER and CANDIDATE likewise
//	caller  {"type":"EXPIRE","src":"bob","dst":"alice"}                nobody came who has that id
//	caller  {"type":"LEAVE","src":"bob","dst":"alice"}                 who had it is gone
//	client  {"type":"HEARTBEAT"}                                       all the time, as good as unanswered
package peerjs
