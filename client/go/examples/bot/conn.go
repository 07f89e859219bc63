package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"
)

// conn is one RTCPeerConnection. Its link is held by whoever calls its methods.
type conn struct {
	link    *link
	session string
	pc      *webrtc.PeerConnection
	video   *webrtc.RTPTransceiver
	early   []webrtc.ICECandidateInit // came before their description
	met     bool                      // has taken a description: it can only talk to that side from then on
	offers  int                       // made so far
	told    bool                      // our description has gone, with the candidates of then
	stop    context.CancelFunc        // ends the video
}

func newConn(l *link, session string) (*conn, error) {
	var config webrtc.Configuration
	for _, s := range l.bot.room.ICEServers() {
		server := webrtc.ICEServer{URLs: s.URLs, Username: s.Username, Credential: s.Credential}
		config.ICEServers = append(config.ICEServers, server)
	}
	pc, err := webrtc.NewPeerConnection(config)
	if err != nil {
		return nil, err
	}
	c := &conn{link: l, session: session, pc: pc, stop: func() {}}
	if err := c.equip(); err != nil {
		_ = pc.Close()
		return nil, err
	}
	return c, nil
}

// equip gives it what every call of the SDK has, and the picture.
func (c *conn) equip() error {
	for id, label := range []string{"parley", "parley.control"} {
		negotiated, stream := true, uint16(id)
		channel, err := c.pc.CreateDataChannel(label, &webrtc.DataChannelInit{Negotiated: &negotiated, ID: &stream})
		if err != nil {
			return err
		}
		if id == 0 {
			channel.OnOpen(func() { _ = channel.SendText("I am a bot") })
		} else {
			c.bypass(channel)
		}
	}
	vp8 := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8}
	picture, err := webrtc.NewTrackLocalStaticSample(vp8, "camera", "camera")
	if err != nil {
		return err
	}
	how := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}
	if c.video, err = c.pc.AddTransceiverFromTrack(picture, how); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	var play sync.Once // handlers run side by side
	c.pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		slog.Info("connection", "with", c.link.name, "state", state)
		if state == webrtc.PeerConnectionStateConnected {
			play.Do(func() { go c.link.bot.video.play(ctx, picture, c.video.Sender()) })
		}
	})
	c.pc.OnICECandidate(func(candidate *webrtc.ICECandidate) {
		if candidate == nil { // there are no more: told within SetLocalDescription where that was known
			return
		}
		c.link.do(func() error {
			if c.told {
				c.link.send(said{Session: c.session, Candidates: []webrtc.ICECandidateInit{candidate.ToJSON()}})
			}
			return nil
		})
	})
	return nil
}

// offering says whether an offer of ours waits for its answer.
func (c *conn) offering() bool { return c.pc.SignalingState() != webrtc.SignalingStateStable }

func (c *conn) offer() error {
	offer, err := c.pc.CreateOffer(nil)
	if err != nil {
		return err
	}
	c.offers++
	return c.tell(offer, c.offers)
}

// describe takes the other side's description: the offer with that number, or the answer to it.
func (c *conn) describe(d webrtc.SessionDescription, number int) error {
	if d.Type == webrtc.SDPTypeAnswer && (!c.offering() || number != 0 && number != c.offers) {
		return nil // to an offer that was sent twice
	}
	c.met = true
	if err := c.pc.SetRemoteDescription(d); err != nil {
		return err
	}
	early := c.early
	c.early = nil
	c.add(early)
	if d.Type == webrtc.SDPTypeAnswer {
		return nil
	}
	answer, err := c.pc.CreateAnswer(nil)
	if err != nil {
		return err
	}
	return c.tell(answer, number)
}

// tell sets our description, and sends it when it has its first candidates.
func (c *conn) tell(d webrtc.SessionDescription, number int) error {
	gathered := webrtc.GatheringCompletePromise(c.pc)
	c.told = false
	if err := c.pc.SetLocalDescription(d); err != nil {
		return err
	}
	go func() {
		select {
		case <-gathered:
		case <-time.After(firstCandidates):
		}
		c.link.do(func() error {
			local := c.pc.LocalDescription()
			if c.link.conn != c || c.told || local == nil || local.Type != d.Type {
				return nil
			}
			c.told = true
			say := said{Session: c.session, Description: local, Rev: 1, Offer: number}
			if mid := c.video.Mid(); mid != "" {
				say.Tracks = map[string]track{mid: {Name: "camera", Kind: "camera"}}
			}
			c.link.send(say)
			if !c.offering() && say.Tracks == nil { // they offered no place for our picture
				return c.offer()
			}
			return nil
		})
	}()
	return nil
}

// add takes candidates, or keeps them until there is a description; one that is refused leaves the others.
func (c *conn) add(candidates []webrtc.ICECandidateInit) {
	if c.pc.RemoteDescription() == nil {
		c.early = append(c.early, candidates[:min(len(candidates), 512-len(c.early))]...)
		return
	}
	for _, one := range candidates {
		if err := c.pc.AddICECandidate(one); err != nil {
			slog.Warn("a candidate is refused", "from", c.link.name)
		}
	}
}

func (c *conn) close() error {
	c.stop()
	return c.pc.Close()
}
