package gateway

import (
	"fmt"

	"github.com/parley-rtc/parley/internal/dialect/native"
	"github.com/parley-rtc/parley/internal/signaling"
)

// A codec translates one client protocol. It holds no state between messages.
type codec interface {
	// Decode returns the commands in a frame, or a *signaling.RequestError.
	Decode(frame []byte) ([]signaling.Command, error)
	// Encode returns the frame of an event, nil if the protocol has none.
	Encode(ev signaling.Event) ([]byte, error)
}

// Codecs are the dialects that clients may speak, by name. It implements signaling.Encoder.
type Codecs map[string]codec

var _ signaling.Encoder = Codecs(nil)

// NewCodecs returns all dialects.
func NewCodecs() Codecs {
	return Codecs{native.Name: native.Codec{}}
}

// Serve lets clients ask for a project's own actions. It fails if the name of one cannot be, or is the protocol's.
func (h *Handler) Serve(actions signaling.Actions) error {
	names, err := actions.Names()
	if err != nil {
		return err
	}
	codec, err := native.New(names...)
	if err != nil {
		return err
	}
	h.Codecs[native.Name] = codec
	h.Service.Actions = actions
	return nil
}

// Encode implements signaling.Encoder.
func (c Codecs) Encode(dialect string, ev signaling.Event) ([]byte, error) {
	codec, ok := c[dialect]
	if !ok {
		return nil, fmt.Errorf("no dialect %q", dialect)
	}
	return codec.Encode(ev)
}
