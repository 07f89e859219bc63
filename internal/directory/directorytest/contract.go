package directorytest

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

// epoch is when the stories begin: the store must go by it, not by the machine's clock.
var epoch = time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)

// A Store is a directory's, with the connections that are noted in it.
type Store interface {
	directory.Store
	signaling.ConnectionStore
}

// StoreContract runs what every Store promises. newStore returns a store; stores may share tables,
// so each story uses names of its own.
func StoreContract(t *testing.T, newStore func(t *testing.T) Store) {
	for name, story := range map[string]func(*book){
		"many are listed under a name, in order, until each is removed":  manyListed,
		"an entry keeps what it says":                                    keptEntry,
		"equal names in two spaces, and odd ones, are apart":             namesApart,
		"one has a name, until it is removed":                            oneListed,
		"the same claim takes a name over, and no claim does not":        sameClaim,
		"the newest displaces who has the name":                          newestListed,
		"a full name refuses with who is there":                          fullName,
		"who is listed again takes no further place":                     listedAgain,
		"what is amended has to be listed, and stays where it is":        amendedEntry,
		"what has expired is not there and makes room":                   expiredEntry,
		"a name that nobody was listed under for hours is free":          expiredName,
		"an entry on a connection that is gone makes way, and only that": goneEntry,
		"of a connection's own events the latest counts":                 latestCounts,
		"one comes in the place of another, and in its turn":             insteadOfAnother,
		"who is not listed, or no more, has no place to take":            insteadOfNobody,
		"a later event of who takes a place has the last word":           insteadAndLater,
		"what is amended goes by who is listed":                          amendedByListed,
		"who amends may refuse":                                          amendmentRefused,
		"who amends may remove":                                          amendedToNothing,
		"a full name is so for who amends, unless it makes room":         amendedFullName,
		"who amends is asked anew about what has happened meanwhile":     amendedMeanwhile,
		"names are noted with a connection, and it returns them":         notedNames,
		"a connection has so many names":                                 nameQuota,
		"a name is noted as of its latest revision":                      latestNote,
		"each change of a name has a later revision":                     laterRevisions,
		"a note says what an undecided connection speaks":                decidedDialect,
		"names are taken from a connection once":                         takenNames,
		"ten claim one name: one gets it":                                oneRace,
		"ten race for three places: three get one":                       placesRace,
		"ten are listed at once: each knows those before it":             afterRace,
		"ten find one dead holder: one gets its name":                    goneRace,
		"ten find one ghost among many: one gets its place":              ghostRace,
		"ten come in one place: one gets it":                             insteadRace,
		"ten amend a name at once: each knows those before it":           amendRace,
		"ten say the same of one connection: it counts once":             amendOnceRace,
		"ten add and remove one connection":                              amendRemoveRace,
		"ten remove one entry: one does":                                 removeRace,
		"ten note a name: the quota holds":                               quotaRace,
		"ten take the names of a connection: each is taken once":         takeRace,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(newBook(t, newStore(t)))
		})
	}
}

func amendedEntry(b *book) {
	amends := directory.Terms{Rule: directory.Many, Again: true}
	b.refuses(b.entry("alice", 0), amends, directory.ErrNotListed)
	b.adds(b.entry("alice", 0), ofMany(2), false)
	b.adds(b.entry("bob", time.Second), ofMany(2), false)
	b.refuses(b.entry("carol", time.Second), amends, directory.ErrNotListed)
	again := b.entry("alice", 0)
	again.Tag = "amended"
	b.adds(again, amends, true)
	if got := b.lists(time.Second, "alice", "bob")[0].Tag; got != "amended" {
		b.Fatalf("it says %q", got)
	}
	b.removes("alice", time.Second, time.Second, nil)
	b.refuses(b.entry("alice", time.Minute), amends, directory.ErrNotListed)
	b.lists(time.Minute, "bob")

	short := b.entry("dora", time.Minute)
	short.Until = epoch.Add(2 * time.Minute)
	b.adds(short, ofMany(2), false)
	b.refuses(b.entry("dora", 2*time.Minute), amends, directory.ErrNotListed)
	b.refuses(b.entry("bob", 5*time.Hour), amends, directory.ErrNotListed)
}

func manyListed(b *book) {
	b.lists(0)
	b.adds(b.entry("bob", time.Second), ofMany(9), false)
	b.adds(b.entry("alice", 0), ofMany(9), false) // of an earlier event
	b.adds(b.entry("carol", time.Second), ofMany(9), false)
	b.lists(time.Minute, "alice", "bob", "carol")
	b.removes("dora", 0, 0, directory.ErrNotListed)
	b.removes("bob", time.Second, time.Second, nil)
	b.removes("bob", time.Second, time.Second, directory.ErrNotListed)
	b.lists(time.Minute, "alice", "carol")
	for _, client := range []string{"alice", "carol"} {
		_, err := b.RemoveEntry(b.Context(), b.name, b.conn(client), time.Time{}, epoch)
		b.must(err)
	}
	b.lists(time.Minute)
	b.adds(b.entry("bob", time.Minute), ofMany(9), false)
	b.lists(time.Minute, "bob")
}

func keptEntry(b *book) {
	for _, rule := range []directory.Rule{directory.Many, directory.Newest} {
		b.name.Name += "-"
		want := directory.Entry{
			Conn: b.conn("alice"), Dialect: "d", Tag: "\x00<é>" + strings.Repeat("x", directory.MaxTag-6),
			Until: epoch.Add(time.Second + time.Millisecond), Listed: epoch.Add(time.Millisecond),
		}
		if rule == directory.Newest {
			want.Claim = "c"
		}
		b.adds(want, directory.Terms{Rule: rule, Limit: 1}, false)
		for _, consistent := range []bool{false, true} {
			got, err := b.Entries(b.Context(), b.name, epoch, consistent)
			if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
				b.Fatalf("got %+v, %v, want %+v", got, err, want)
			}
		}
	}
	want := b.entry("bob", 0)
	b.adds(want, directory.Terms{Rule: directory.Newest}, false, "alice")
	if got := b.lists(0, "bob"); !reflect.DeepEqual(got[0], want) {
		b.Fatalf("got %+v, want %+v", got[0], want)
	}
}

func namesApart(b *book) {
	long := strings.Repeat("\xff", directory.MaxName-2*len(b.suffix))
	words := []string{"", "a", "a/b", "a%2Fb", "A", "é", "e\u0301", "\xc3", "\x00", "*", "room", "#", "\u2028", `"`, long}
	names := []directory.Name{{Space: "test", Name: "a"}}
	for _, word := range words {
		names = append(names, directory.Name{Space: "t" + strings.ToLower(b.suffix), Name: word},
			directory.Name{Space: "u" + strings.ToLower(b.suffix), Name: word})
	}
	names[0].Name += b.suffix
	for i, name := range names {
		b.name = name
		b.lists(0)
		b.adds(b.entry(fmt.Sprint("of", i), 0), directory.Terms{}, false)
		b.connect(fmt.Sprint("of", i))
		noted, err := b.NoteName(b.Context(), b.conn(fmt.Sprint("of", i)), "d", name, 1, 1)
		if err != nil || len(noted) != 1 || noted[0] != name {
			b.Fatalf("got %+v, %v, want %+v", noted, err, name)
		}
	}
	for i, name := range names {
		b.name = name
		b.lists(0, fmt.Sprint("of", i))
		b.noted(fmt.Sprint("of", i), name.Key())
	}
}

func oneListed(b *book) {
	b.adds(b.entry("alice", 0), directory.Terms{}, false)
	b.refuses(b.entry("bob", 0), directory.Terms{}, directory.ErrTaken, "alice")
	b.removes("bob", 0, 0, directory.ErrNotListed)
	again := b.entry("alice", time.Second)
	again.Tag = "again"
	b.adds(again, directory.Terms{}, true)
	if got := b.lists(0, "alice"); got[0].Tag != "again" {
		b.Fatalf("got %+v, want what was said last", got[0])
	}
	b.removes("alice", time.Second, time.Second, nil)
	b.lists(0)
	b.adds(b.entry("bob", time.Second), directory.Terms{}, false)
}

func sameClaim(b *book) {
	with := func(client, claim string, at time.Duration) directory.Entry {
		e := b.entry(client, at)
		e.Claim = claim
		return e
	}
	b.adds(with("alice", "a", 0), directory.Terms{}, false)
	b.refuses(with("bob", "b", 0), directory.Terms{}, directory.ErrTaken, "alice")
	b.refuses(with("bob", "", 0), directory.Terms{}, directory.ErrTaken, "alice")
	b.adds(with("second", "a", time.Second), directory.Terms{}, false, "alice")
	b.removes("alice", time.Second, time.Second, directory.ErrNotListed)              // the newer entry is another's
	b.refuses(with("alice", "a", 0), directory.Terms{}, directory.ErrTaken, "second") // what is late of the first
	b.adds(with("second", "c", 2*time.Second), directory.Terms{}, true)
	b.refuses(with("alice", "a", 0), directory.Terms{}, directory.ErrTaken, "second")
	b.adds(with("second", "", 3*time.Second), directory.Terms{}, true)
	b.refuses(with("bob", "", 0), directory.Terms{}, directory.ErrTaken, "second")
	b.lists(0, "second")
}

func newestListed(b *book) {
	newest := directory.Terms{Rule: directory.Newest}
	b.adds(b.entry("alice", 0), newest, false)
	b.adds(b.entry("bob", 0), newest, false, "alice")
	b.adds(b.entry("bob", 0), newest, true)
	b.removes("alice", time.Second, time.Second, directory.ErrNotListed)
	b.lists(0, "bob")
	b.removes("bob", time.Second, time.Second, nil)
	b.adds(b.entry("alice", time.Second), newest, false)
}

func fullName(b *book) {
	b.adds(b.entry("bob", 0), ofMany(2), false)
	b.adds(b.entry("alice", 0), ofMany(2), false)
	b.refuses(b.entry("carol", 0), ofMany(2), directory.ErrFull, "alice", "bob")
	b.lists(0, "alice", "bob")
	b.removes("alice", 0, 0, nil)
	b.adds(b.entry("carol", 0), ofMany(2), false)
	b.refuses(b.entry("alice", 0), ofMany(2), directory.ErrFull, "bob", "carol")
}

func listedAgain(b *book) {
	b.adds(b.entry("alice", 0), ofMany(1), false)
	again := b.entry("alice", 0) // of the same event, which came twice
	again.Tag = "again"
	b.adds(again, ofMany(1), true)
	if got := b.lists(0, "alice"); got[0].Tag != "again" {
		b.Fatalf("got %+v, want what was said last", got[0])
	}
	b.refuses(b.entry("bob", 0), ofMany(1), directory.ErrFull, "alice")
	b.adds(b.entry("bob", 0), ofMany(2), false)
	listed, err := b.addEntry(again, ofMany(1), 0, b.conn("nobody"))
	if err != nil || !listed.Already {
		b.Fatalf("got %+v, %v, where fewer may be listed now", listed, err)
	}
	b.knows(listed, ofMany(1), 0)
}

func expiredEntry(b *book) {
	until := func(client string, at time.Duration) directory.Entry {
		e := b.entry(client, 0)
		e.Until = epoch.Add(at)
		return e
	}
	b.adds(until("alice", time.Second), directory.Terms{}, false)
	b.lists(time.Second-time.Millisecond, "alice")
	b.lists(time.Second)
	b.refuses(b.entry("bob", time.Second-time.Millisecond), directory.Terms{}, directory.ErrTaken, "alice")
	b.removes("alice", time.Second, time.Second, directory.ErrNotListed)
	b.adds(b.entry("bob", time.Second), directory.Terms{}, false) // nobody was displaced
	b.refuses(b.entry("carol", time.Minute), directory.Terms{}, directory.ErrTaken, "bob")
	for _, t := range []directory.Terms{{}, ofMany(1)} { // a later event has listed it, and that is over
		b.name.Name += "-own"
		own := until("alice", 2*time.Second)
		own.Listed = epoch.Add(2 * time.Millisecond)
		b.adds(own, t, false)
		listed, err := b.addEntry(b.entry("alice", time.Millisecond), t, 3*time.Second)
		if err != nil || listed.Already {
			b.Fatalf("got %+v, %v", listed, err)
		}
		b.lists(3*time.Second, "alice")
	}

	b.name.Name += "-roomy"
	b.adds(until("alice", time.Second), ofMany(3), false)
	b.adds(b.entry("bob", 2*time.Second), ofMany(3), false) // it need not make way, and is not there

	b.name.Name += "-many"
	for i := range 3 {
		b.adds(until(fmt.Sprint("dora", i), time.Duration(i+1)*time.Second), ofMany(3), false)
	}
	b.refuses(b.entry("bob", 0), ofMany(3), directory.ErrFull, "dora0", "dora1", "dora2")
	b.adds(b.entry("alice", 2*time.Second), ofMany(3), false)
	b.lists(2*time.Second, "dora2", "alice")
	b.removes("dora1", 2*time.Second, 2*time.Second, directory.ErrNotListed)
	b.adds(b.entry("bob", 2*time.Second), ofMany(3), false)
	b.refuses(b.entry("carol", 2*time.Second), ofMany(3), directory.ErrFull, "dora2", "alice", "bob")
	fresh := until("dora2", time.Minute) // in time
	fresh.Listed = epoch.Add(2 * time.Second)
	b.adds(fresh, ofMany(3), true)
	b.refuses(b.entry("carol", 4*time.Second), ofMany(3), directory.ErrFull, "alice", "bob", "dora2")
}

func expiredName(b *book) {
	later := signalingtest.Lifetime
	for _, t := range []directory.Terms{{}, ofMany(1)} {
		b.name.Name += "-"
		b.adds(b.entry("alice", 0), t, false)
		b.lists(later-time.Second, "alice")
		b.lists(later)
		b.removes("alice", later, later, directory.ErrNotListed)
		b.adds(b.entry("bob", later), t, false)
		b.lists(later, "bob")
	}
}

func goneEntry(b *book) {
	b.adds(b.entry("ghost", 0), directory.Terms{}, false)
	listed, err := b.addEntry(b.entry("bob", 0), directory.Terms{}, 0, b.conn("other"))
	if !errors.Is(err, directory.ErrTaken) {
		b.Fatalf("got %+v, %v: another than who is gone made way", listed, err)
	}
	listed, err = b.addEntry(b.entry("bob", 0), directory.Terms{}, 0, b.conn("other"), b.conn("ghost"))
	if err != nil || b.clients(listed.Before) != "[ghost]" {
		b.Fatalf("got %+v, %v, want ghost displaced", listed, err)
	}
	b.lists(0, "bob")

	b.name.Name += "-many"
	for _, client := range []string{"ghost1", "alice", "ghost2", "ghost3"} {
		b.adds(b.entry(client, 0), ofMany(4), false)
	}
	if _, err := b.addEntry(b.entry("bob", 0), ofMany(4), 0, b.conn("other")); !errors.Is(err, directory.ErrFull) {
		b.Fatalf("got %v, want ErrFull", err)
	}
	listed, err = b.addEntry(b.entry("bob", 0), ofMany(4), 0, b.conn("ghost1"), b.conn("other"), b.conn("ghost3"))
	b.must(err)
	b.knows(listed, ofMany(4), 0)
	b.lists(0, "alice", "bob", "ghost2")
	b.adds(b.entry("carol", 0), ofMany(4), false)
	// One that is gone is removed where there is room without that, too.
	b.removes("alice", 0, 0, nil)
	listed, err = b.addEntry(b.entry("dora", 0), ofMany(4), 0, b.conn("ghost2"))
	b.must(err)
	b.knows(listed, ofMany(4), 0)
	b.lists(0, "bob", "carol", "dora")
}

func latestCounts(b *book) {
	for _, t := range []directory.Terms{{}, ofMany(3)} {
		b.name.Name += "-"
		newer := b.entry("alice", 2*time.Millisecond)
		newer.Tag, newer.Claim = "newer", "c"
		b.adds(newer, t, false)
		b.removes("alice", time.Millisecond, time.Second, directory.ErrNotListed)
		older := b.entry("alice", 0)
		older.Claim = "c"
		b.adds(older, t, true)
		if got := b.lists(0, "alice"); got[0].Tag != "newer" {
			b.Fatalf("got %+v: an earlier event had the last word", got[0])
		}
		b.removes("alice", 2*time.Millisecond, 2*time.Millisecond, nil)
		b.lists(0)
	}
}

func laterRevisions(b *book) {
	last := int64(0)
	later := func(rev int64, err error) {
		b.Helper()
		if err != nil || rev <= last {
			b.Fatalf("got revision %d, %v, after %d", rev, err, last)
		}
		last = rev
	}
	hours := signalingtest.Lifetime
	for _, t := range []directory.Terms{{Rule: directory.Newest}, ofMany(3)} {
		b.name.Name, last = b.name.Name+"-", 0
		for _, at := range []time.Duration{0, time.Second, hours + time.Minute} {
			for _, client := range []string{"alice", "alice", "bob"} {
				listed, err := b.addEntry(b.entry(client, at), t, at)
				later(listed.Rev, err)
			}
			if at == 0 {
				later(b.RemoveEntry(b.Context(), b.name, b.conn("bob"), epoch, epoch))
			}
		}
		listed, err := b.addEntry(b.entry("bob", 0), t, hours+time.Minute) // who was listed later stays
		if err != nil || listed.Rev < last {
			b.Fatalf("got %+v, %v, want revision %d", listed, err, last)
		}
	}
}
