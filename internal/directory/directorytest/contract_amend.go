package directorytest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
)

// amends lists a client at that time, as decide says; the last who is to be asked about are want.
func (b *book) amends(
	client string, at time.Duration, limit int, decide func([]directory.Entry) (directory.Amended, error), want ...string,
) (directory.Listed, error) {
	b.Helper()
	asked := "nobody"
	terms := ofMany(limit)
	terms.Amend = func(list []directory.Entry) (directory.Amended, error) {
		asked = b.clients(list)
		return decide(list)
	}
	listed, err := b.addEntry(b.entry(client, at), terms, at)
	if asked != fmt.Sprint(want) {
		b.Fatalf("%s is asked about %s, want %v", client, asked, want)
	}
	if err == nil {
		b.knows(listed, terms, at)
	}
	return listed, err
}

func (b *book) conns(clients ...string) (conns []signaling.ConnID) {
	for _, client := range clients {
		conns = append(conns, b.conn(client))
	}
	return conns
}

func as(a directory.Amended) func([]directory.Entry) (directory.Amended, error) {
	return func([]directory.Entry) (directory.Amended, error) { return a, nil }
}

func amendedByListed(b *book) {
	tagged := as(directory.Amended{Tag: "first", Until: epoch.Add(time.Hour)})
	for i, client := range []string{"alice", "bob", "alice"} {
		want := []string{"alice", "bob"}[:i]
		listed, err := b.amends(client, time.Duration(i)*time.Second, 2, tagged, want...)
		if err != nil || listed.Already != (i == 2) || len(listed.Before) > 0 || listed.Rev != int64(i+1) {
			b.Fatalf("got %+v, %v", listed, err)
		}
	}
	if got := b.lists(time.Minute, "bob", "alice")[1]; got.Tag != "first" || !got.Until.Equal(epoch.Add(time.Hour)) {
		b.Fatalf("got %+v", got)
	}
	count := func(list []directory.Entry) (directory.Amended, error) {
		return directory.Amended{Tag: list[0].Tag + "+" + list[1].Tag}, nil
	}
	_, err := b.amends("bob", time.Minute, 2, count, "bob", "alice")
	b.must(err)
	if got := b.lists(time.Minute, "alice", "bob")[1]; got.Tag != "first+first" || !got.Until.IsZero() {
		b.Fatalf("got %+v", got)
	}
	// What is handled late does not make an entry older than it is: the end of what was asked for before
	// it would take it away.
	_, err = b.amends("bob", time.Second, 2, tagged, "alice", "bob")
	b.must(err)
	b.removes("bob", 30*time.Second, time.Minute, directory.ErrNotListed)
	b.lists(time.Minute, "alice", "bob")
}

func amendmentRefused(b *book) {
	refusal := errors.New("no")
	refuse := func([]directory.Entry) (directory.Amended, error) { return directory.Amended{Tag: "x"}, refusal }
	refused := func(client string, limit int, want ...string) {
		b.Helper()
		listed, err := b.amends(client, time.Minute, limit, refuse, want...)
		if err != refusal || listed.Rev != 0 { //nolint:errorlint // as it is
			b.Fatalf("got %+v, %v, want the refusal as it is", listed, err)
		}
	}
	refused("alice", 1)
	b.lists(0)
	b.adds(b.entry("alice", 0), ofMany(1), false)
	refused("alice", 1, "alice")
	refused("bob", 1, "alice")
	if got := b.lists(0, "alice")[0]; got.Tag != "" || !got.Listed.Equal(epoch) {
		b.Fatalf("got %+v, which was to stay", got)
	}
}

func amendedToNothing(b *book) {
	remove := as(directory.Amended{Remove: true})
	listed, err := b.amends("alice", 0, 1, remove)
	if err != nil || listed.Already {
		b.Fatalf("removing nobody: got %+v, %v", listed, err)
	}
	b.adds(b.entry("alice", 0), ofMany(2), false)
	b.adds(b.entry("bob", 0), ofMany(2), false)
	removed, err := b.amends("alice", time.Second, 2, remove, "alice", "bob")
	if err != nil || !removed.Already || removed.Rev != 3 {
		b.Fatalf("got %+v, %v", removed, err)
	}
	listed, err = b.amends("alice", time.Second, 2, remove, "bob")
	if err != nil || listed.Already || listed.Rev < removed.Rev {
		b.Fatalf("removing it again: got %+v, %v", listed, err)
	}
	listed, err = b.amends("alice", time.Second, 2, as(directory.Amended{Remove: true, Instead: b.conns("bob")}), "bob")
	if err != nil || b.clients(listed.Before) != "[bob]" {
		b.Fatalf("removing another: got %+v, %v", listed, err)
	}
	b.lists(time.Second)
	b.adds(b.entry("carol", time.Second), ofMany(1), false)
}

func amendedFullName(b *book) {
	add := as(directory.Amended{Tag: "added"})
	over := b.entry("over", 0)
	over.Until = epoch.Add(time.Second)
	b.adds(over, ofMany(3), false)
	b.adds(b.entry("alice", 0), ofMany(3), false)
	b.adds(b.entry("ghost", 0), ofMany(3), false)
	listed, err := b.amends("bob", time.Second, 2, add, "alice", "ghost")
	if !errors.Is(err, directory.ErrFull) || b.clients(listed.Before) != "[alice ghost]" || listed.After != nil {
		b.Fatalf("got %+v, %v, want ErrFull", listed, err)
	}
	terms := ofMany(2)
	terms.Amend = func(list []directory.Entry) (directory.Amended, error) {
		if got := b.clients(list); got != "[alice]" {
			return directory.Amended{}, errors.New("asked about " + got)
		}
		return directory.Amended{}, nil
	}
	listed, err = b.addEntry(b.entry("bob", time.Second), terms, time.Second, b.conn("ghost"), b.conn("other"))
	b.must(err)
	b.knows(listed, terms, time.Second)
	b.lists(time.Second, "alice", "bob")
	_, err = b.amends("alice", time.Minute, 1, add, "alice", "bob")
	b.must(err) // where fewer may be listed now
	listed, err = b.amends("eve", time.Minute, 1, as(directory.Amended{Instead: b.conns("bob")}), "bob", "alice")
	if err != nil || listed.Already || b.clients(listed.Before) != "[bob]" {
		b.Fatalf("got %+v, %v, want bob displaced", listed, err)
	}
	b.lists(time.Minute, "alice", "eve")
	listed, err = b.amends("eve", time.Minute, 1, as(directory.Amended{Instead: b.conns("eve")}), "alice", "eve")
	if err != nil || !listed.Already || len(listed.Before) > 0 {
		b.Fatalf("in its own place: got %+v, %v", listed, err)
	}
	_, err = b.amends("zoe", time.Hour, 3, add, "alice", "eve")
	b.must(err)
	instead := directory.Amended{Instead: b.conns("zoe", "nobody", "alice")}
	listed, err = b.amends("bob", time.Hour, 1, as(instead), "alice", "eve", "zoe")
	if err != nil || b.clients(listed.Before) != "[alice zoe]" {
		b.Fatalf("got %+v, %v, want two displaced", listed, err)
	}
	b.lists(time.Hour, "eve", "bob")
	_, err = b.amends("late", 5*time.Hour, 1, add)
	b.must(err)
	b.lists(5*time.Hour, "late")
}

// amendedMeanwhile has something happen between the reading and the write.
func amendedMeanwhile(b *book) {
	adds := func(client string, a directory.Amended) func() {
		return func() {
			terms := ofMany(3)
			terms.Amend = as(a)
			_, err := b.addEntry(b.entry(client, time.Second), terms, time.Second)
			b.must(err)
		}
	}
	removes := func(client string) func() {
		return func() { b.removes(client, time.Second, time.Second, nil) }
	}
	used := errors.New("used")
	nothing, tagged := directory.Amended{}, directory.Amended{Tag: "used"}
	remove, instead := directory.Amended{Remove: true}, directory.Amended{Instead: b.conns("lost")}
	for i, tt := range []struct {
		client string
		is     directory.Amended
		then   func()
		asked  string // about whom, anew
		fails  error
		want   []string
	}{
		{"heir", nothing, adds("bob", nothing), "[lost alice bob]", directory.ErrFull, []string{"lost", "alice", "bob"}},
		{"heir", nothing, adds("heir", tagged), "[lost alice heir]", used, []string{"lost", "alice", "heir"}},
		{"heir", instead, removes("lost"), "[alice]", nil, []string{"alice", "heir"}},
		{"heir", instead, adds("lost", nothing), "[alice lost]", nil, []string{"alice", "heir"}},
		{"heir", instead, adds("bob", instead), "[alice bob]", nil, []string{"alice", "bob", "heir"}},
		{"alice", nothing, removes("alice"), "[lost]", nil, []string{"lost", "alice"}},
		{"alice", remove, removes("alice"), "[lost]", nil, []string{"lost"}},
		{"alice", remove, adds("alice", nothing), "[lost alice]", nil, []string{"lost"}},
	} {
		b.name.Name = fmt.Sprint("meanwhile", i, b.suffix)
		b.adds(b.entry("lost", 0), ofMany(3), false)
		b.adds(b.entry("alice", time.Millisecond), ofMany(3), false)
		asked, terms := 0, ofMany(3)
		terms.Amend = func(list []directory.Entry) (directory.Amended, error) {
			if asked++; asked == 1 {
				tt.then()
				return tt.is, nil
			}
			if got := b.clients(list); got != tt.asked {
				b.Errorf("case %d: asked anew about %s, want %s", i, got, tt.asked)
			}
			if slices.ContainsFunc(list, func(e directory.Entry) bool { return e.Tag == "used" }) {
				return directory.Amended{}, used
			}
			return tt.is, nil
		}
		_, err := b.addEntry(b.entry(tt.client, time.Second), terms, time.Second)
		if !errors.Is(err, tt.fails) || asked < 2 {
			b.Errorf("case %d: asked %d times, got %v, want %v", i, asked, err, tt.fails)
		}
		b.lists(time.Second, tt.want...)
	}
}

// amendRace has all of them count on, as what a nonce was used for does.
func amendRace(b *book) {
	b.race(nil, func(i int) error {
		terms := ofMany(10)
		terms.Amend = func(list []directory.Entry) (directory.Amended, error) {
			highest := 0
			for _, e := range list {
				n, err := strconv.Atoi(e.Tag)
				b.must(err)
				highest = max(highest, n)
			}
			return directory.Amended{Tag: strconv.Itoa(highest + 1)}, nil
		}
		_, err := b.addEntry(b.entry(fmt.Sprint("client", i), time.Duration(i)*time.Second), terms, 0)
		return err
	})
	tags := map[string]bool{}
	list, err := b.Entries(b.Context(), b.name, epoch, true)
	for _, e := range list {
		tags[e.Tag] = true
	}
	if err != nil || len(tags) != 10 || !tags["10"] {
		b.Fatalf("listed are %+v, %v, want ten that have counted to ten", list, err)
	}
}

// amendOnceRace has ten say the same of one connection, which counts once.
func amendOnceRace(b *book) {
	used := errors.New("used")
	won := b.race(used, func(int) error {
		terms := ofMany(10)
		terms.Amend = func(list []directory.Entry) (directory.Amended, error) {
			if len(list) > 0 && list[0].Tag == "used" {
				return directory.Amended{}, used
			}
			return directory.Amended{Tag: "used"}, nil
		}
		_, err := b.addEntry(b.entry("alice", 0), terms, 0)
		return err
	})
	if won != 1 {
		b.Fatalf("it counted %d times, want once", won)
	}
}

// amendRemoveRace has a connection be listed, and be no more, ten times at once.
func amendRemoveRace(b *book) {
	won := b.race(nil, func(i int) error {
		terms := ofMany(1)
		terms.Amend = as(directory.Amended{Remove: i%2 == 0})
		listed, err := b.addEntry(b.entry("alice", 0), terms, 0)
		if err == nil && len(listed.After) != i%2 {
			err = fmt.Errorf("it came to %+v", listed)
		}
		return err
	})
	list, err := b.Entries(b.Context(), b.name, epoch, true)
	if won != 10 || err != nil || len(list) > 1 {
		b.Fatalf("%d were done, listed are %+v, %v", won, list, err)
	}
}
