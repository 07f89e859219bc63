package packet_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/socketio/packet"
)

// pieces reads "3:2 3:a 4:b": when it was sent, in milliseconds, and how many attachments the packet
// has, or what the attachment is.
func pieces(written string) (all []packet.Piece) {
	for word := range strings.FieldsSeq(written) {
		at, what, _ := strings.Cut(word, ":")
		ms, _ := strconv.Atoi(at)
		frame := "b" + what
		if what[0] <= '9' {
			frame = "45" + what[:1] + "-" + what[1:] + "[]"
		}
		all = append(all, packet.Piece{At: time.UnixMilli(int64(ms)), Frame: frame})
	}
	return all
}

func read(all []packet.Piece) string {
	var words []string
	for _, p := range all {
		what := strings.TrimPrefix(p.Frame, "b")
		if header, is := strings.CutPrefix(p.Frame, "45"); is {
			what = strings.NewReplacer("-", "", "[]", "").Replace(header)
		}
		words = append(words, strconv.FormatInt(p.At.UnixMilli(), 10)+":"+what)
	}
	return strings.Join(words, " ")
}

func TestPiecesAreAssembledByWhenTheyWereSent(t *testing.T) {
	for _, c := range []struct{ come, whole, rest string }{
		{"", "", ""},
		{"0:1", "", "0:1"},
		{"0:a", "", "0:a"},
		{"0:1 0:a", "0:1 0:a", ""},
		{"0:a 0:1", "0:1 0:a", ""},
		{"5:b 0:a 0:2", "0:2 0:a 5:b", ""},
		{"0:2 0:a", "", "0:2 0:a"},
		{"0:2 0:b 0:a", "0:2 0:b 0:a", ""}, // of one time, as they came
		// Two packets. What was sent after the second is not the first's.
		{"0:1 2:1 1:a 3:b", "0:1 1:a", "2:1 3:b"},
		{"0:1 2:1 3:b", "2:1 3:b", "0:1"},
		{"0:2 1:a 2:1 3:b", "2:1 3:b", "0:2 1:a"},
		{"0:1 2:1 2:b", "2:1 2:b", "0:1"},
		{"0:1 2:1 2:a 2:b", "0:1 2:a", "2:1 2:b"},
		{"0:1 2:1 2:a 3:b", "0:1 2:a", "2:1 3:b"},
		{"0:2 1:a 2:1 2:b 2:c", "0:2 1:a 2:b", "2:1 2:c"},
		{"0:3 1:a 2:1 2:b 2:c", "2:1 2:c", "0:3 1:a 2:b"},
		{"0:1 2:1 3:a 3:b", "2:1 3:a", "0:1 3:b"},
		{"0:1x 0:1y 0:a", "", "0:1x 0:1y 0:a"},
		{"0:1x 0:1y 0:a 1:b", "0:1x 0:a", "0:1y 1:b"},
		// An attachment whose packet has not come.
		{"0:a 2:1 3:b", "2:1 3:b", "0:a"},
		{"0:a 2:1", "", "0:a 2:1"},
	} {
		whole, rest := packet.Assemble(pieces(c.come))
		if read(whole) != c.whole || read(rest) != c.rest {
			t.Errorf("%s: got %s and %s, want %s and %s", c.come, read(whole), read(rest), c.whole, c.rest)
		}
	}
}

func TestNoOrderOfComingMattersToPiecesThatAreAllThere(t *testing.T) {
	sent := pieces("0:2 0:a 1:b 2:1 2:c 4:3 4:d 5:e 6:f 7:1 9:g")
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test's
	for range 200 {
		came := slices.Clone(sent)
		random.Shuffle(len(came), func(i, j int) { came[i], came[j] = came[j], came[i] })
		rest := came
		for _, want := range []string{"0:2 0:a 1:b", "2:1 2:c", "4:3 4:d 5:e 6:f", "7:1 9:g"} {
			var whole []packet.Piece
			if whole, rest = packet.Assemble(rest); read(whole) != want {
				t.Fatalf("%s came: got %s, want %s", read(came), read(whole), want)
			}
		}
	}
}
