package directory_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/directory/directorytest"
)

func TestAKeyReadsAsItsName(t *testing.T) {
	for name, want := range map[directory.Name]string{
		{Space: "y-webrtc", Name: "my room"}:       "y-webrtc/my room",
		{Space: "y-webrtc", Name: ""}:              "y-webrtc/",
		{Space: "a/b", Name: "c"}:                  "a%2Fb/c",
		{Space: "s", Name: "50%/\x00\x7f\xff+é\t"}: "s/50%25%2F%00%7F%FF+é%09",
	} {
		if got := name.Key(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for _, key := range []string{"", "s", "s/a/b", "s/%", "s/%2", "s/%2f", "s/%41", "s/\xff", "s/\x00"} {
		if name, err := directory.ParseKey(key); err == nil {
			t.Errorf("%q reads as %+v, and is no name's key", key, name)
		}
	}
}

func FuzzKey(f *testing.F) {
	f.Add("y-webrtc", "my room")
	f.Add("a/b", "%2F\x00\xff\u2028é%")
	f.Fuzz(func(t *testing.T, space, name string) {
		want := directory.Name{Space: space, Name: name}
		key := want.Key()
		if got, err := directory.ParseKey(key); err != nil || got != want {
			t.Fatalf("%+v has the key %q, which reads as %+v, %v", want, key, got, err)
		}
		if !utf8.ValidString(key) || strings.Count(key, "/") != 1 {
			t.Fatalf("key %q", key)
		}
		if len(space) <= directory.MaxSpace && len(name) <= directory.MaxName && len(key) > 2048 {
			t.Fatalf("the key of a name within the limits has %d bytes", len(key))
		}
	})
}

func FuzzParseKey(f *testing.F) {
	f.Add("s/a%2Fb")
	f.Fuzz(func(t *testing.T, key string) {
		if name, err := directory.ParseKey(key); err == nil && name.Key() != key {
			t.Fatalf("%q reads as %+v, whose key is %q", key, name, name.Key())
		}
	})
}

func TestWhatIsTooLongIsRefused(t *testing.T) {
	s := directorytest.NewStage(t, directorytest.NewMemory())
	s.Connect("alice")
	s.Name.Name = strings.Repeat("\xff", directory.MaxName)
	if _, err := s.List("alice", s.Name); err != nil {
		t.Fatal(err)
	}
	s.WantListed(s.Name, "alice")
	s.Unlist("alice", s.Name)
	ctx, long := t.Context(), directory.Name{Space: "test", Name: s.Name.Name + "x"}
	_, listErr := s.List("alice", long)
	_, findErr := s.Directory.Find(ctx, long, s.Now, true)
	for doing, err := range map[string]error{
		"list": listErr, "find": findErr, "unlist": s.Directory.Unlist(ctx, long, s.Conn("alice"), s.Now),
	} {
		if !errors.Is(err, directory.ErrLongName) {
			t.Errorf("%s: got %v, want ErrLongName", doing, err)
		}
	}
	for _, bad := range []string{"", strings.Repeat("s", directory.MaxSpace+1)} {
		if _, err := s.List("alice", directory.Name{Space: bad, Name: "n"}); err == nil {
			t.Errorf("a space of %d bytes is accepted", len(bad))
		}
	}
	e := directory.Entry{Conn: s.Conn("alice"), Tag: strings.Repeat("x", directory.MaxTag+1)}
	if _, err := s.Directory.List(ctx, s.Name, e, directory.Terms{}, time.Now()); err == nil {
		t.Error("a tag that is too long is accepted")
	}
	s.WantListed(s.Name)
}
