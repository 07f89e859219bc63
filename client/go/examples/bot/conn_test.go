package main

import (
	"errors"
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
	if err := c.describe(offer, 1); err != nil {
		t.Error(err)
	}
	if answer := here.LocalDescription(); answer == nil || answer.Type != webrtc.SDPTypeAnswer {
		t.Errorf("answered %v", answer)
	}
}

func TestAnswerToAnotherOfferIsNotTaken(t *testing.T) {
	here, there := peerConnection(t), peerConnection(t)
	for _, pc := range []*webrtc.PeerConnection{here, there} {
		if _, err := pc.CreateDataChannel("parley", nil); err != nil {
			t.Fatal(err)
		}
	}
	offer, err := here.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	answerer := &conn{link: &link{name: "bea"}, pc: there}
	if err := errors.Join(here.SetLocalDescription(offer), answerer.describe(offer, 2)); err != nil {
		t.Fatal(err)
	}
	c := &conn{link: &link{name: "ada"}, pc: here, offers: 2}
	for _, number := range []int{1, 2} {
		if err := c.describe(*there.LocalDescription(), number); err != nil {
			t.Error(err)
		}
		if taken := !c.offering(); taken != (number == 2) {
			t.Errorf("an answer to offer %d of 2: taken is %v", number, taken)
		}
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
