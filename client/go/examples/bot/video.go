package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
	"github.com/pion/webrtc/v4/pkg/media/ivfreader"
)

// video is a file, in memory.
type video struct {
	frames [][]byte
	pause  time.Duration // from one to the next
}

func openVideo(name string) (*video, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	reader, header, err := ivfreader.NewWith(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if header.FourCC != "VP80" || header.TimebaseDenominator == 0 {
		return nil, fmt.Errorf("%s: is no VP8", name)
	}
	v := &video{}
	var last, length uint64
	for {
		frame, head, err := reader.ParseNextFrame()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if len(v.frames) > 0 {
			length += head.Timestamp - last
		}
		last = head.Timestamp
		v.frames = append(v.frames, frame)
	}
	if len(v.frames) < 2 || length == 0 {
		return nil, fmt.Errorf("%s: does not move", name)
	}
	tick := time.Second * time.Duration(header.TimebaseNumerator) / time.Duration(header.TimebaseDenominator)
	v.pause = tick * time.Duration(length) / time.Duration(len(v.frames)-1)
	return v, nil
}

// key says whether a frame can be seen without those before it (RFC 6386, section 9.1).
func key(frame []byte) bool { return len(frame) > 0 && frame[0]&1 == 0 }

// play sends the video until ctx ends, from its beginning, and from its last picture that needs no
// other when the receiver says that it has lost one.
func (v *video) play(ctx context.Context, to *webrtc.TrackLocalStaticSample, sender *webrtc.RTPSender) {
	var lost atomic.Bool
	go func() { // ends with the RTCPeerConnection
		for {
			packets, _, err := sender.ReadRTCP()
			if err != nil {
				return
			}
			for _, p := range packets {
				switch p.(type) {
				case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
					lost.Store(true)
				}
			}
		}
	}()
	tick := time.NewTicker(v.pause)
	defer tick.Stop()
	for at := 0; ; at = (at + 1) % len(v.frames) {
		if lost.Swap(false) {
			for at > 0 && !key(v.frames[at]) {
				at--
			}
		}
		// What cannot be sent is lost, as on any network.
		_ = to.WriteSample(media.Sample{Data: v.frames[at], Duration: v.pause})
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
