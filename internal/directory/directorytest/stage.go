package directorytest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

// Stage is a Directory with its surroundings, on which tests let clients act. A client's connection
// is named like the client.
type Stage struct {
	*signalingtest.Recorder
	Directory *directory.Directory
	Store     *Hooked
	Name      directory.Name // a name of the stage's own
	Terms     directory.Terms
	Now       time.Time
	t         *testing.T
	suffix    string
}

// NewStage returns a Stage over a store.
func NewStage(t *testing.T, store Store) *Stage {
	t.Helper()
	suffix := "-" + rand.Text()
	s := &Stage{
		Recorder: &signalingtest.Recorder{}, Store: &Hooked{Store: store},
		Name: directory.Name{Space: "test", Name: "n" + suffix}, Now: epoch, t: t, suffix: suffix,
	}
	s.Directory = &directory.Directory{Store: s.Store, Pusher: s.Recorder}
	return s
}

// Conn is the connection of a client.
func (s *Stage) Conn(client string) signaling.ConnID { return signaling.ConnID(client + s.suffix) }

// Other is another name of the stage's own.
func (s *Stage) Other(word string) directory.Name {
	return directory.Name{Space: s.Name.Space, Name: word + s.suffix}
}

// Connect opens connections.
func (s *Stage) Connect(clients ...string) {
	s.t.Helper()
	for _, c := range clients {
		s.must(s.Store.Connect(context.Background(), signaling.Connection{ID: s.Conn(c), Dialect: "d", Opened: s.Now}))
	}
}

// List lists a client under a name, now, with its name as the claim.
func (s *Stage) List(client string, name directory.Name) (directory.Listed, error) {
	e := directory.Entry{Conn: s.Conn(client), Dialect: "d", Claim: client}
	listed, err := s.Directory.List(context.Background(), name, e, s.Terms, s.Now)
	if listed.Aside != nil {
		s.t.Errorf("listing %s: beside it: %v", client, listed.Aside)
	}
	return listed, err
}

// MustList connects clients and lists each under the stage's name.
func (s *Stage) MustList(clients ...string) {
	s.t.Helper()
	s.Connect(clients...)
	for _, c := range clients {
		_, err := s.List(c, s.Name)
		s.must(err)
	}
}

// Unlist unlists a client, now. That it is not listed is no error.
func (s *Stage) Unlist(client string, name directory.Name) {
	s.t.Helper()
	err := s.Directory.Unlist(context.Background(), name, s.Conn(client), s.Now)
	if !errors.Is(err, directory.ErrNotListed) {
		s.must(err)
	}
}

// Disconnect runs $disconnect for a client whose socket is gone.
func (s *Stage) Disconnect(client string) {
	s.t.Helper()
	s.Cut(s.Conn(client))
	forgotten, err := s.Store.Disconnect(context.Background(), s.Conn(client))
	s.must(err)
	s.must(s.Directory.Forget(context.Background(), forgotten, s.Now))
}

// Publish publishes to all that are listed under the stage's name, and returns who was found gone.
func (s *Stage) Publish() (gone []directory.Entry) {
	s.t.Helper()
	found, err := s.Directory.Find(context.Background(), s.Name, s.Now, true)
	s.must(err)
	gone, err = s.Directory.Publish(context.Background(), s.Name, found, []byte("hello"), s.Now)
	s.must(err)
	return gone
}

// WantListed fails the test unless exactly these are listed under the name.
func (s *Stage) WantListed(name directory.Name, want ...string) {
	s.t.Helper()
	list, err := s.Directory.Find(context.Background(), name, s.Now, true)
	s.must(err)
	if got := s.Clients(list); got != fmt.Sprint(want) {
		s.t.Fatalf("listed are %s, want %v", got, want)
	}
}

// WantNoted fails the test unless the client's connection has exactly so many names noted.
func (s *Stage) WantNoted(client string, want int) {
	s.t.Helper()
	c, err := s.Store.Connection(context.Background(), s.Conn(client), true)
	if err != nil || len(c.Names) != want {
		s.t.Fatalf("%s has %v noted, %v, want %d", client, c.Names, err, want)
	}
}

// Clients are those of the entries, as text.
func (s *Stage) Clients(list []directory.Entry) string {
	clients := make([]string, len(list))
	for i, e := range list {
		clients[i] = strings.TrimSuffix(string(e.Conn), s.suffix)
	}
	return fmt.Sprint(clients)
}

func (s *Stage) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}
