// Package packet reads and writes what a Socket.IO client and its server say to each other in the
// text frames of a WebSocket. A frame holds one packet of Engine.IO, whose first character is its
// type; a message among them holds one of Socket.IO:
//
//	0{…}               open: the server's first frame
//	2, 3               ping and pong: the server pings 3.x and 4.x clients, 2.x clients ping the server
//	6                  noop
//	40{…}              CONNECT to the namespace "/", with credentials; the server's answer
//	40/video,{…}       the same for another namespace
//	41                 DISCONNECT
//	42["name",…]       EVENT; 427["name",…] and 42/video,7["name",…] ask for an acknowledgement
//	437[…]             ACK of 7
//	44{…}              CONNECT_ERROR
//	451-["name",{"_placeholder":true,"num":0}]   EVENT with one attachment, which follows as
//	bAQID              a frame of its own, in base64; 461-7[…] is an ACK with one
//
// Clients 2.x (Engine.IO 3, Socket.IO 4) differ in little: attachments begin with b4, refusals are a
// string, a namespace that is connected to may have a query, and the server says nothing of ids.
//
// What is no packet is an Error; servers close a connection for it. Accepted is what the reference
// servers accept, but for this, all of which no client sends: numbers in another form than decimal
// digits, ids above 2^53-1, white space before the JSON, JSON nested deeper than 10,000 levels, and an
// event without a name. Arguments are passed on as they were written. In a name half of a surrogate
// pair becomes U+FFFD.
package packet
