// Package whiteboard is an example of a project's own actions, and the demo's: one board for everybody in a room, kept with the
// room. The function has it only if it is built under the tag whiteboard.
package whiteboard

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"regexp"

	"github.com/parley-rtc/parley/internal/signaling"
)

// Actions are what clients ask for: docs/actions.md describes them.
func Actions() signaling.Actions {
	return signaling.Actions{
		"stroke": {Do: stroke},
		"board":  {Do: board},
		"wipe":   {Do: wipe},
	}
}

// The bounds of a whiteboard. A stroke is written as part of the whole board, so its price grows with it, to 64 units.
const (
	maxBoard  = 64 << 10 // bytes of JSON
	maxPoints = 256      // of a stroke
	maxWidth  = 50       // thousandths of the board's width
)

const boardItem = "board"

// A line is one stroke of the pen, as it is kept and told.
type line struct {
	Points []point `json:"points"`
	Color  string  `json:"color"`
	Width  float64 `json:"width"`
}

// A point lies on the board at x, y, each from 0 to 1.
type point [2]float64

var errPoint = errors.New("want [x, y]")

// UnmarshalJSON takes nothing but two numbers, where encoding/json would fill up what is missing and drop what is too much.
func (p *point) UnmarshalJSON(raw []byte) error {
	var list []*float64
	if err := json.Unmarshal(raw, &list); err != nil {
		return err
	}
	if len(list) != len(p) {
		return errPoint
	}
	for i, v := range list {
		if v == nil || *v < 0 || *v > 1 {
			return errPoint
		}
		p[i] = math.Round(*v*1000) / 1000 // a pixel of any screen: the digits beyond are of no use, and paid for
	}
	return nil
}

var color = regexp.MustCompile(`^#[0-9a-f]{6}$`)

func readLine(c *signaling.Call) (line, error) {
	var l line
	const wantPoints = "1 to 256 points [x, y], each number from 0 to 1"
	if err := c.Read("points", &l.Points, wantPoints); err != nil {
		return l, err
	}
	if len(l.Points) == 0 || len(l.Points) > maxPoints {
		return l, signaling.Errorf(signaling.CodeBadRequest, "points: there are %d: want %s", len(l.Points), wantPoints)
	}
	const wantColor = "a colour such as #1f5f56, in small letters"
	if err := c.Read("color", &l.Color, wantColor); err != nil {
		return l, err
	}
	if !color.MatchString(l.Color) {
		return l, signaling.Errorf(signaling.CodeBadRequest, "color: want %s", wantColor)
	}
	const wantWidth = "a number from 1 to 50, thousandths of the board's width"
	if err := c.Read("width", &l.Width, wantWidth); err != nil {
		return l, err
	}
	if l.Width < 1 || l.Width > maxWidth {
		return l, signaling.Errorf(signaling.CodeBadRequest, "width: want %s", wantWidth)
	}
	l.Width = math.Round(l.Width*10) / 10
	return l, nil
}

// change is what everybody is told of a change of the board: N counts them, so that who missed one can ask for the board.
type change struct {
	N int64 `json:"n"`
}

// stroke draws a line on the board of the room.
func stroke(ctx context.Context, c *signaling.Call) error {
	l, err := readLine(c)
	if err != nil {
		return err
	}
	n, err := c.Append(ctx, boardItem, maxBoard, l)
	if errors.Is(err, signaling.ErrFull) {
		return signaling.Errorf(signaling.CodeTooLarge, "the board is full: wipe it to draw on")
	}
	if err != nil {
		return err
	}
	if err := c.Reply(change{n}); err != nil {
		return err
	}
	// Who could not be told sees the gap in n, and asks.
	c.Note(c.TellOthers(ctx, "stroke", struct {
		change
		line
	}{change{n}, l}))
	return nil
}

// board answers with all that is drawn, for who comes later or was away.
func board(ctx context.Context, c *signaling.Call) error {
	item, err := c.Get(ctx, boardItem)
	if err != nil {
		return err
	}
	strokes := item.Values
	if strokes == nil {
		strokes = []json.RawMessage{}
	}
	return c.Reply(struct {
		change
		Strokes []json.RawMessage `json:"strokes"`
	}{change{item.Rev}, strokes})
}

// wipe empties the board. It is for hosts, in a room that has one.
func wipe(ctx context.Context, c *signaling.Call) error {
	if c.Hosted() && c.Sender.Role != signaling.RoleHost {
		return signaling.Errorf(signaling.CodeForbidden, "only a host of room %s may wipe the board", c.Room)
	}
	n, err := c.Delete(ctx, boardItem)
	if err != nil {
		return err
	}
	if err := c.Reply(change{n}); err != nil {
		return err
	}
	c.Note(c.TellOthers(ctx, "wipe", change{n}))
	return nil
}
