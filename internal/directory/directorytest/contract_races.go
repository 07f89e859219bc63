package directorytest

import (
	"cmp"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
)

func oneRace(b *book) {
	won := b.race(directory.ErrTaken, func(i int) error {
		_, err := b.addEntry(b.entry(fmt.Sprint("client", i), 0), directory.Terms{}, 0)
		return err
	})
	list, err := b.Entries(b.Context(), b.name, epoch, true)
	if won != 1 || err != nil || len(list) != 1 {
		b.Fatalf("%d got the name, listed are %+v, %v: want 1", won, list, err)
	}
}

func placesRace(b *book) {
	won := b.race(directory.ErrFull, func(i int) error {
		_, err := b.addEntry(b.entry(fmt.Sprint("client", i), 0), ofMany(3), 0)
		return err
	})
	list, err := b.Entries(b.Context(), b.name, epoch, true)
	if won != 3 || err != nil || len(list) != 3 {
		b.Fatalf("%d got a place, listed are %+v, %v: want 3", won, list, err)
	}
}

// afterRace goes by revisions: whom one of them lists, all later ones do.
func afterRace(b *book) {
	listed := make([]directory.Listed, 10)
	b.race(nil, func(i int) (err error) {
		listed[i], err = b.addEntry(b.entry(fmt.Sprint("client", i), 0), ofMany(10), 0)
		if err == nil && !contains(listed[i].After, b.conn(fmt.Sprint("client", i))) {
			err = fmt.Errorf("client%d does not see itself among %s", i, b.clients(listed[i].After))
		}
		return err
	})
	slices.SortFunc(listed, func(a, b directory.Listed) int { return cmp.Compare(a.Rev, b.Rev) })
	for i := range listed[1:] {
		for _, e := range listed[i].After {
			if !contains(listed[i+1].After, e.Conn) {
				b.Fatalf("%s come after %s", b.clients(listed[i+1].After), b.clients(listed[i].After))
			}
		}
	}
	if got := len(listed[9].After); got != 10 {
		b.Fatalf("the last sees %d, want 10", got)
	}
}

func contains(list []directory.Entry, conn signaling.ConnID) bool {
	return slices.ContainsFunc(list, func(e directory.Entry) bool { return e.Conn == conn })
}

func goneRace(b *book) {
	b.adds(b.entry("ghost", 0), directory.Terms{}, false)
	won := b.race(directory.ErrTaken, func(i int) error {
		_, err := b.addEntry(b.entry(fmt.Sprint("client", i), 0), directory.Terms{}, 0, b.conn("ghost"))
		return err
	})
	if won != 1 {
		b.Fatalf("%d got the name of the dead, want 1", won)
	}
}

func ghostRace(b *book) {
	for _, client := range []string{"alice", "ghost", "bob"} {
		b.adds(b.entry(client, 0), ofMany(3), false)
	}
	won := b.race(directory.ErrFull, func(i int) error {
		_, err := b.addEntry(b.entry(fmt.Sprint("client", i), 0), ofMany(3), 0, b.conn("ghost"))
		return err
	})
	list, err := b.Entries(b.Context(), b.name, epoch, true)
	if won != 1 || err != nil || len(list) != 3 {
		b.Fatalf("%d got the place of the dead, listed are %+v, %v: want 1", won, list, err)
	}
}

func removeRace(b *book) {
	b.adds(b.entry("alice", 0), ofMany(2), false)
	b.adds(b.entry("bob", 0), ofMany(2), false)
	won := b.race(directory.ErrNotListed, func(int) error {
		_, err := b.RemoveEntry(b.Context(), b.name, b.conn("alice"), epoch, epoch)
		return err
	})
	if won != 1 {
		b.Fatalf("%d removed the entry, want 1", won)
	}
	b.lists(0, "bob")
}

func quotaRace(b *book) {
	b.connect("alice")
	won := b.race(directory.ErrTooManyNames, func(i int) error { return b.note("alice", fmt.Sprint("n", i), 3, 0) })
	c, err := b.Connection(b.Context(), b.conn("alice"), true)
	if won != 3 || err != nil || len(c.Names) != 3 {
		b.Fatalf("%d are noted, and %v, %v: want 3", won, c.Names, err)
	}
}

func takeRace(b *book) {
	b.connect("alice")
	for i := range 3 {
		b.must(b.note("alice", fmt.Sprint("n", i), 3, 0))
	}
	var taken atomic.Int32
	b.race(nil, func(i int) error {
		if i == 0 { // $disconnect takes them too
			was, err := b.Disconnect(b.Context(), b.conn("alice"))
			taken.Add(int32(len(was.Names)))
			return err
		}
		names, err := b.TakeNames(b.Context(), b.conn("alice"))
		taken.Add(int32(len(names)))
		return err
	})
	if taken.Load() != 3 {
		b.Fatalf("%d names were taken, want each of 3 once", taken.Load())
	}
}
