package sip_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/sip"
)

func BenchmarkMessage(b *testing.B) {
	for _, name := range []string{"jssip-register", "jssip-invite"} {
		frame, err := os.ReadFile("testdata/clients/" + name + ".sip")
		if err != nil {
			b.Fatal(err)
		}
		m, err := sip.Parse(frame)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("Parse/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := sip.Parse(frame); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("Write/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Bytes()
			}
		})
	}
}

// hostile are requests of about a size, made to be slow to read.
func hostile(size int) map[string]string {
	fill := func(piece string) string { return strings.Repeat(piece, size/len(piece)) }
	return map[string]string{
		"distinct":      invite("From: <sip:a@h>" + distinct(size/8)),
		"distinct URI":  request("INVITE", "sip:a@h"+distinct(size/8)),
		"commas":        invite("Via: " + fill(",")),
		"contacts":      invite("Contact: " + fill("<sip:a>,")),
		"semicolons":    invite("From: <sip:a@h>" + fill(";")),
		"parameters":    invite("From: <sip:a@h>" + fill(";a=b")),
		"URI":           request("INVITE", "sip:a@h"+fill(";a")),
		"folds":         invite("Subject: " + fill("\r\n a")),
		"empty folds":   invite("Via:" + fill("\r\n ")),
		"quotes":        invite("To: " + fill(`"`)),
		"escapes":       invite("To: " + fill(`"\"`)),
		"angles":        invite("Contact: " + fill("<")),
		"percent signs": request("INVITE", "sip:"+fill("%61")+"@h"),
		"fields":        invite(fill("Q: y\r\n")),
		"spaces":        invite("Via: SIP/2.0/WS" + fill(" ")),
		"at signs":      invite("From: <sip:" + fill("@") + ">"),
		"slashes":       invite("Via: " + fill("/")),
	}
}

func BenchmarkHostile(b *testing.B) {
	for name, text := range hostile(32 << 10) {
		frame := []byte(text)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(frame)))
			for b.Loop() {
				_, _ = sip.Parse(frame)
			}
		})
	}
}

// It takes a hundredth of a second, and most of a minute where time grows with the square.
func TestTimeGrowsWithLengthAlone(t *testing.T) {
	for name, text := range hostile(1 << 20) {
		start := time.Now()
		m, _ := sip.Parse([]byte(text))
		if m != nil {
			m.Bytes()
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: %v", name, took)
		}
	}
}
