package ywebrtc_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/signaling"
)

func FuzzFrame(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
			if _, frame, sent := bytes.Cut(lines.Bytes(), []byte(" > ")); sent {
				f.Add(bytes.Clone(frame))
			}
		}
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		synctest.Test(t, func(t *testing.T) { carryOut(t, frame) })
	})
}

// carryOut has any frame carried out beside a subscriber who may get it as it is, or nothing.
func carryOut(t *testing.T, frame []byte) {
	s := newStage(t)
	s.connect(nil, "ada", "bob")
	s.does("ada", `{"type":"subscribe","topics":["notes"]}`)
	s.does("bob", `{"type":"subscribe","topics":["notes"]}`)
	c := &dialect.Conn{House: s.house, ID: "ada", Time: s.now}
	do, mine := s.dialect.Recognize(frame)
	if mine && !s.dialect.Begins(frame) {
		t.Error("recognized, and no beginning")
	}
	if !mine {
		do = func(ctx context.Context, c *dialect.Conn) error { return s.dialect.Message(ctx, c, frame) }
	}
	err := do(t.Context(), c)
	if _, refused := err.(*signaling.Error); err != nil && !refused { //nolint:errorlint // ours would be more
		t.Errorf("got %v", err)
	}
	var shape map[string]any
	if json.Unmarshal(frame, &shape) != nil && (err == nil || mine) {
		t.Error("was carried out, and is no object")
	}
	for _, p := range s.Take() {
		pong := p.To == "ada" && string(p.Frame) == `{"type":"pong"}`
		if !pong && (p.To != "bob" || !bytes.Equal(p.Frame, frame) || shape["type"] != "publish" || shape["topic"] != "notes") {
			t.Errorf("%s was sent %q", p.To, p.Frame)
		}
	}
}
