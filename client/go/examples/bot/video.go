package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
)

// Sizes in bytes of what IVF has before the first frame, and before each.
const (
	ivfHeader = 32
	ivfFrame  = 12
)

// video is a file, in memory.
type video struct {
	frames [][]byte
	pause  time.Duration // from one to the next
}

func openVideo(name string) (*video, error) {
	file, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	v, err := readIVF(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return v, nil
}

// readIVF does what pion's ivfreader does, whose times are off by the square of the frame rate.
func readIVF(file []byte) (*video, error) {
	number := binary.LittleEndian
	if len(file) < ivfHeader || string(file[:4]) != "DKIF" || string(file[8:12]) != "VP80" {
		return nil, errors.New("is no IVF file of VP8")
	}
	rate, scale := number.Uint32(file[16:]), number.Uint32(file[20:])
	v := &video{}
	var first, last uint64
	for rest := file[ivfHeader:]; len(rest) > 0; {
		if len(rest) < ivfFrame || uint64(number.Uint32(rest)) > uint64(len(rest)-ivfFrame) {
			return nil, errors.New("is cut off")
		}
		end := ivfFrame + int(number.Uint32(rest))
		if last = number.Uint64(rest[4:]); len(v.frames) == 0 {
			first = last
		}
		v.frames = append(v.frames, rest[ivfFrame:end])
		rest = rest[end:]
	}
	if len(v.frames) < 2 || last <= first || rate == 0 {
		return nil, errors.New("does not move")
	}
	pause := float64(last-first) / float64(len(v.frames)-1) * float64(scale) / float64(rate) // in seconds
	if pause < 0.001 || pause > 60 {
		return nil, fmt.Errorf("has a picture each %g s", pause)
	}
	v.pause = time.Duration(pause * float64(time.Second))
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
