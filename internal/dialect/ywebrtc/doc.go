// Package ywebrtc serves y-webrtc, which connects the copies of a Yjs document over WebRTC. Its
// clients find each other by topics, which are the names of documents:
//
//	a > {"type":"subscribe","topics":["notes"]}
//	a > {"type":"publish","topic":"notes","data":{"type":"announce","from":"A"}}
//	b < {"type":"publish","topic":"notes","data":{"type":"announce","from":"A"}}
//	b > {"type":"publish","topic":"notes","data":{"type":"signal","to":"A","from":"B",…}}
//	a < {"type":"publish","topic":"notes","data":{"type":"signal","to":"A","from":"B",…}}
//	a > {"type":"ping"}                                     every 15 s
//	a < {"type":"pong"}
//	a > {"type":"unsubscribe","topics":["notes"]}
//
// What is published goes to whoever else has subscribed, as it was sent: with a password, data is a
// string that only the clients can read, and so nobody else can tell whom it is for. The protocol
// has no answers and no errors.
//
// A client announces itself when it arrives, and not again. Two who come at the same instant must not
// miss each other, or they never meet. So a frame is published once its sender is seen to be listed
// under the topic, and to those who are listed then: of two whose entries are in one item, the later
// one sees the earlier. Whoever hears of another calls it at once. So that the call does not miss who
// was listed a moment ago, all these readings are consistent ones. And so that not both call, the
// earlier's announcement reaches the later after a while.
package ywebrtc
