package main

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/pion/webrtc/v4"
)

// said is what two pages of the SDK send each other, as client/README.md has it.
type said struct {
	Session     string                     `json:"session"`
	For         string                     `json:"for,omitempty"`
	Description *webrtc.SessionDescription `json:"description,omitempty"`
	Tracks      map[string]track           `json:"tracks,omitempty"`
	Rev         int                        `json:"rev,omitempty"`
	Offer       int                        `json:"offer,omitempty"` // numbers offers, and says which an answer is to
	Candidates  []webrtc.ICECandidateInit  `json:"candidates,omitempty"`
}

// track is what its sender says about a section of the description.
type track struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Muted bool   `json:"muted"`
}

// parse reads what a peer sent; ok is false of what is not of that kind, or too large.
func parse(data []byte) (s said, ok bool) {
	if json.Unmarshal(data, &s) != nil || s.Session == "" || len(s.Session) > 256 || len(s.For) > 256 {
		return said{}, false
	}
	if d := s.Description; d != nil {
		fits := d.Type == webrtc.SDPTypeOffer || d.Type == webrtc.SDPTypeAnswer
		return s, fits && len(s.Candidates) == 0 && len(d.SDP) <= 240_000
	}
	for _, c := range s.Candidates {
		if len(c.Candidate) > 2048 {
			return said{}, false
		}
	}
	return s, len(s.Candidates) > 0 && len(s.Candidates) <= 256
}

// split takes a session apart: a page, and a number that grows with each RTCPeerConnection of that page.
func split(session string) (page string, number int) {
	dot := strings.LastIndexByte(session, '.')
	if dot < 0 {
		return session, 0
	}
	number, _ = strconv.Atoi(session[dot+1:])
	return session[:dot], number
}
