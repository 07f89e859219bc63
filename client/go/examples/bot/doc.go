// Command bot is somebody in a call who shows a video: it joins a room, answers the calls of browsers
// that use Parley's SDK (and calls those who were there first), and sends each of them an IVF file of
// VP8 from its beginning, again and again.
//
//	go run . -url ws://127.0.0.1:3000/prod -room tea -video clip.ivf
//	ffmpeg -i clip.mp4 -c:v libvpx -g 30 -b:v 1M clip.ivf # makes one
//
// It is a sample of how to speak what the SDK's pages send each other (client/README.md): the room is
// client/go's, the RTCPeerConnections are pion's, and link.go is what is between them.
package main
