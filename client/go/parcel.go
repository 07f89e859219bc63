package parley

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxParts       = 8
	maxText        = 30_000 // bytes as it is in a frame: the rest of 32 KB is for names, address and number
	maxDepth       = 128    // of the whole, as the server has it for everything else
	parcelPatience = time.Minute
)

// cut makes as few parts of data as it takes, each the data of a signal of its own, in this order.
func cut(data []byte) ([]json.RawMessage, error) {
	var texts []string
	begin, size := 0, 0
	for i, point := range string(data) { // by code points: half of one is no text
		more := sizeInText(point)
		if size+more > maxText {
			texts = append(texts, string(data[begin:i]))
			begin, size = i, 0
		}
		size += more
	}
	texts = append(texts, string(data[begin:]))
	if len(texts) > maxParts {
		return nil, fail(ErrTooLarge, "a signal may have 240000 bytes")
	}
	parts := make([]json.RawMessage, len(texts))
	for i, text := range texts {
		raw, err := encode(map[string]any{"parley": map[string]any{"part": i + 1, "of": len(texts), "text": text}})
		if err != nil {
			return nil, err
		}
		parts[i] = raw
	}
	return parts, nil
}

// sizeInText is how many bytes a letter of JSON has within a text of JSON, as encoding/json writes
// it.
func sizeInText(point rune) int {
	switch point {
	case '"', '\\':
		return 2
	case '\u2028', '\u2029':
		return 6
	}
	return utf8.RuneLen(point)
}

type part struct {
	part, of int
	text     string
}

// readPart reads one; ok is false of what cannot be.
func readPart(own map[string]json.RawMessage) (p part, ok bool) {
	fits := json.Unmarshal(own["part"], &p.part) == nil && json.Unmarshal(own["of"], &p.of) == nil &&
		json.Unmarshal(own["text"], &p.text) == nil && len(own["text"]) > 0 && own["text"][0] == '"'
	return p, fits && p.part >= 1 && p.part <= p.of && p.of <= maxParts && len(p.text) <= maxText
}

// parcel is what has come of a signal in parts; broken is one whose rest is of no use, and was told
// to be so.
type parcel struct {
	of     int
	texts  []string
	broken bool
	timer  *timer
}

// parcels puts parts together again that come in order: one parcel a sender at a time, and nothing
// of one that does not fit.
type parcels struct {
	loop *loop
	fail func(from, why string) // what came from that peer was let go
	away func(from string) bool // whether the rest cannot come just now
	open map[string]*parcel
}

// take returns what a numbered signal says: its own data, or the whole when it was the last part.
// Otherwise ok is false.
func (p *parcels) take(from string, data []byte) (whole []byte, ok bool) {
	own := reserved(data)
	if own != nil && own["part"] == nil {
		return nil, false // what a newer client says to its own kind
	}
	var next part
	fits := false
	if own != nil {
		next, fits = readPart(own)
	}
	box := p.open[from]
	if own == nil || fits && next.part == 1 {
		p.forget(from)
		if box != nil && !box.broken {
			p.fail(from, "was broken off")
		}
		if own == nil {
			return data, true
		}
		box = &parcel{of: next.of}
		p.open[from] = box
		return p.add(from, box, next.text)
	}
	if box != nil && box.broken {
		return nil, false
	}
	if !fits || box == nil || next.of != box.of || next.part != len(box.texts)+1 {
		p.forget(from)
		p.open[from] = &parcel{broken: true}
		p.fail(from, "has parts that do not fit together")
		return nil, false
	}
	return p.add(from, box, next.text)
}

func (p *parcels) add(from string, box *parcel, text string) (whole []byte, ok bool) {
	box.texts = append(box.texts, text)
	box.timer.stop()
	if len(box.texts) < box.of {
		p.wait(from, box)
		return nil, false
	}
	delete(p.open, from)
	whole = []byte(strings.Join(box.texts, ""))
	if tooDeep(whole, maxDepth) || !json.Valid(whole) {
		p.fail(from, "is no JSON that can be taken")
		return nil, false
	}
	return whole, true
}

func (p *parcels) wait(from string, box *parcel) {
	box.timer = p.loop.after(parcelPatience, func() {
		if p.away(from) {
			p.wait(from, box)
			return
		}
		*box = parcel{broken: true}
		p.fail(from, "never came whole")
	})
}

func (p *parcels) forget(from string) {
	if box := p.open[from]; box != nil {
		box.timer.stop()
		delete(p.open, from)
	}
}

func (p *parcels) clear() {
	for from := range p.open {
		p.forget(from)
	}
}

func tooDeep(text []byte, most int) bool {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			if depth++; depth > most {
				return true
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return false
}
