package sip_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/sip"
)

// What JsSIP 3.13.8 and SIP.js 0.21.2 send goes on as it came, to the byte: but for Content-Length, which
// goes last.
func TestMessagesOfClientsGoOnUnchanged(t *testing.T) {
	files, err := filepath.Glob("testdata/clients/*.sip")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		frame, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := sip.Parse(frame)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if want := contentLengthLast(frame); !bytes.Equal(m.Bytes(), want) {
			t.Errorf("%s: got\n%s\nwant\n%s", file, m.Bytes(), want)
		}
	}
}

func contentLengthLast(frame []byte) []byte {
	head, body, _ := strings.Cut(string(frame), "\r\n\r\n")
	var lines []string
	last := ""
	for line := range strings.SplitSeq(head, "\r\n") {
		if strings.HasPrefix(line, "Content-Length: ") {
			last = line
			continue
		}
		lines = append(lines, line)
	}
	return []byte(strings.Join(append(lines, last), "\r\n") + "\r\n\r\n" + body)
}
