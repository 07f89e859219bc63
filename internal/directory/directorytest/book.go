package directorytest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
)

// book is a store and a name of its own in it.
type book struct {
	*testing.T
	Store
	name   directory.Name
	suffix string
}

func newBook(t *testing.T, s Store) *book {
	suffix := "-" + rand.Text()
	return &book{t, s, directory.Name{Space: "test", Name: "name" + suffix}, suffix}
}

func (b *book) conn(client string) signaling.ConnID { return signaling.ConnID(client + b.suffix) }

func (b *book) entry(client string, at time.Duration) directory.Entry {
	return directory.Entry{Conn: b.conn(client), Dialect: "d", Listed: epoch.Add(at)}
}

func ofMany(limit int) directory.Terms { return directory.Terms{Rule: directory.Many, Limit: limit} }

func (b *book) addEntry(
	e directory.Entry, t directory.Terms, at time.Duration, gone ...signaling.ConnID,
) (directory.Listed, error) {
	return b.AddEntry(b.Context(), b.name, e, t, gone, epoch.Add(at))
}

// adds fails unless the entry is listed now, over those.
func (b *book) adds(e directory.Entry, t directory.Terms, already bool, before ...string) {
	b.Helper()
	listed, err := b.addEntry(e, t, e.Listed.Sub(epoch))
	if err != nil || listed.Already != already || b.clients(listed.Before) != fmt.Sprint(before) {
		b.Fatalf("got %+v, %v, want already %t and before it %v", listed, err, already, before)
	}
	b.knows(listed, t, e.Listed.Sub(epoch))
}

// knows fails unless a listing of that time says who is listed now, as far as the terms have it do
// so.
func (b *book) knows(listed directory.Listed, t directory.Terms, at time.Duration) {
	b.Helper()
	var want []directory.Entry
	if t.Rule == directory.Many {
		var err error
		want, err = b.Entries(b.Context(), b.name, epoch.Add(at), true)
		b.must(err)
	}
	if !reflect.DeepEqual(listed.After, want) {
		b.Fatalf("a listing says that there are %+v, want %+v", listed.After, want)
	}
}

// refuses fails unless the entry is refused because of those.
func (b *book) refuses(e directory.Entry, t directory.Terms, want error, because ...string) {
	b.Helper()
	listed, err := b.addEntry(e, t, e.Listed.Sub(epoch))
	if !errors.Is(err, want) || listed.Already || listed.After != nil || b.clients(listed.Before) != fmt.Sprint(because) {
		b.Fatalf("got %+v, %v, want %v because of %v", listed, err, want, because)
	}
}

// lists fails unless exactly those are listed at that time.
func (b *book) lists(at time.Duration, want ...string) []directory.Entry {
	b.Helper()
	list, err := b.Entries(b.Context(), b.name, epoch.Add(at), true)
	if err != nil || b.clients(list) != fmt.Sprint(want) {
		b.Fatalf("got %s, %v, want %v", b.clients(list), err, want)
	}
	return list
}

func (b *book) clients(list []directory.Entry) string {
	clients := make([]string, len(list))
	for i, e := range list {
		clients[i] = strings.TrimSuffix(string(e.Conn), b.suffix)
	}
	return fmt.Sprint(clients)
}

func (b *book) removes(client string, last, at time.Duration, want error) {
	b.Helper()
	_, err := b.RemoveEntry(b.Context(), b.name, b.conn(client), epoch.Add(last), epoch.Add(at))
	if !errors.Is(err, want) {
		b.Fatalf("got %v, want %v", err, want)
	}
}

func (b *book) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *book) connect(client string) {
	b.Helper()
	b.must(b.Connect(b.Context(), signaling.Connection{ID: b.conn(client), Dialect: "d", Opened: epoch}))
}

func (b *book) note(client, name string, most int, rev int64) error {
	_, err := b.NoteName(b.Context(), b.conn(client), "d", directory.Name{Space: "test", Name: name}, most, rev)
	return err
}

// notes fails unless the name is noted, and then exactly those are.
func (b *book) notes(client, name string, most int, rev int64, want ...string) {
	b.Helper()
	got, err := b.NoteName(b.Context(), b.conn(client), "d", directory.Name{Space: "test", Name: name}, most, rev)
	words := make([]string, len(got))
	for i, n := range got {
		words[i] = n.Name
	}
	if err != nil || fmt.Sprint(words) != fmt.Sprint(want) {
		b.Fatalf("noting %s: got %q, %v, want %q", name, words, err, want)
	}
}

func (b *book) drop(client, name string, rev int64) error {
	return b.DropName(b.Context(), b.conn(client), directory.Name{Space: "test", Name: name}, rev)
}

// noted fails unless exactly those names are noted.
func (b *book) noted(client string, want ...string) {
	b.Helper()
	c, err := b.Connection(b.Context(), b.conn(client), true)
	if err != nil || fmt.Sprint(c.Names) != fmt.Sprint(want) {
		b.Fatalf("got %v, %v, want %v", c.Names, err, want)
	}
}

// race runs ten at once and returns how many of them had no error; any error but refusal fails the
// test.
func (b *book) race(refusal error, attempt func(i int) error) int {
	b.Helper()
	var wg sync.WaitGroup
	errs := make([]error, 10)
	for i := range errs {
		wg.Go(func() { errs[i] = attempt(i) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, refusal):
			b.Fatal(err)
		}
	}
	return won
}
