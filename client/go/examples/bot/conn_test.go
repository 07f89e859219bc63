package main

import (
	"testing"

	"github.com/pion/webrtc/v4"
)

func TestCandidateThatIsRefusedLeavesTheAnswer(t *testing.T) {
	here, there := peerConnection(t), peerConnection(t)
	if _, err := there.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo); err != nil {
		t.Fatal(err)
	}
	offer, err := there.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	mid := "0"
	early := []webrtc.ICECandidateInit{{Candidate: "candidate:nonsense", SDPMid: &mid}}
	c := &conn{link: &link{name: "ada"}, pc: here, early: early}
	if err := c.describe(offer); err != nil {
		t.Error(err)
	}
	if answer := here.LocalDescription(); answer == nil || answer.Type != webrtc.SDPTypeAnswer {
		t.Errorf("answered %v", answer)
	}
}

func peerConnection(t *testing.T) *webrtc.PeerConnection {
	t.Helper()
	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	return pc
}
