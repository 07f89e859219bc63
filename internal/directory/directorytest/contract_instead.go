package directorytest

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/parley-rtc/parley/internal/directory"
)

func (b *book) insteadOf(client string, limit int) directory.Terms {
	return directory.Terms{Rule: directory.Many, Limit: limit, Instead: b.conn(client)}
}

func insteadOfAnother(b *book) {
	for i, client := range []string{"alice", "lost", "bob"} {
		b.adds(b.entry(client, time.Duration(i)*time.Second), ofMany(3), false)
	}
	heir := b.entry("heir", time.Minute)
	heir.Tag, heir.Until = "heir", epoch.Add(time.Hour)
	b.adds(heir, b.insteadOf("lost", 3), false, "lost")
	heir.Listed = epoch.Add(time.Second)
	if got := b.lists(time.Minute, "alice", "heir", "bob")[1]; !reflect.DeepEqual(got, heir) {
		b.Fatalf("got %+v, want %+v", got, heir)
	}
	again := b.entry("heir", time.Minute) // of the same event, which came twice
	b.adds(again, b.insteadOf("lost", 3), true)
	b.adds(b.entry("third", 2*time.Minute), b.insteadOf("heir", 1), false, "heir") // it comes back again
	b.lists(time.Minute, "alice", "third", "bob")
	b.removes("third", 2*time.Minute, 2*time.Minute, nil)
	b.removes("heir", 2*time.Minute, 2*time.Minute, directory.ErrNotListed)

	b.adds(b.entry("alice", 0), b.insteadOf("alice", 3), true) // its own place
	amends := b.insteadOf("alice", 1)
	amends.Again = true
	b.adds(b.entry("alice", time.Minute), ofMany(3), true)
	b.adds(b.entry("eve", time.Minute), amends, false, "alice")
	b.adds(b.entry("alice", 0), b.insteadOf("eve", 1), false, "eve")
	ghost, err := b.addEntry(b.entry("dora", time.Hour), b.insteadOf("bob", 3), time.Hour, b.conn("bob"), b.conn("alice"))
	if err != nil || b.clients(ghost.Before) != "[bob]" || b.clients(ghost.After) != "[dora]" {
		b.Fatalf("got %+v, %v, want it in the place of bob, who is gone", ghost, err)
	}
	if got := b.lists(time.Hour, "dora")[0].Listed; !got.Equal(epoch.Add(2 * time.Second)) {
		b.Fatalf("it is listed since %s", got)
	}
}

func insteadOfNobody(b *book) {
	again := b.insteadOf("lost", 2)
	again.Again = true
	b.refuses(b.entry("heir", 0), again, directory.ErrNotListed)
	b.adds(b.entry("heir", 0), b.insteadOf("lost", 2), false)
	b.adds(b.entry("alice", time.Second), ofMany(2), false)
	b.refuses(b.entry("bob", time.Second), b.insteadOf("lost", 2), directory.ErrFull, "heir", "alice")
	b.adds(b.entry("bob", time.Minute), b.insteadOf("lost", 3), false)
	b.lists(time.Minute, "heir", "alice", "bob")
	b.refuses(b.entry("dora", time.Minute), again, directory.ErrNotListed)
	b.adds(b.entry("bob", time.Minute), again, true)

	over := b.entry("over", 2*time.Second)
	over.Until = epoch.Add(2 * time.Minute)
	b.adds(over, ofMany(4), false)
	b.refuses(b.entry("late", 2*time.Minute), b.insteadOf("over", 3), directory.ErrFull, "heir", "alice", "bob")
	b.adds(b.entry("late", 2*time.Minute), b.insteadOf("over", 4), false)
	b.lists(2*time.Minute, "heir", "alice", "bob", "late")

	b.name.Name += "-expired"
	hours := 5 * time.Hour
	b.adds(b.entry("lost", 0), ofMany(1), false)
	b.adds(b.entry("heir", hours), b.insteadOf("lost", 1), false)
	if got := b.lists(hours, "heir")[0].Listed; !got.Equal(epoch.Add(hours)) {
		b.Fatalf("it is listed since %s", got)
	}
}

func insteadAndLater(b *book) {
	b.adds(b.entry("lost", 0), ofMany(3), false)
	b.adds(b.entry("alice", time.Second), ofMany(3), false)
	later := b.entry("heir", time.Hour)
	later.Tag = "later"
	b.adds(later, ofMany(3), false)
	listed, err := b.addEntry(b.entry("heir", time.Minute), b.insteadOf("lost", 3), time.Minute)
	if err != nil || !listed.Already || b.clients(listed.Before) != "[lost]" {
		b.Fatalf("got %+v, %v", listed, err)
	}
	b.knows(listed, ofMany(3), time.Minute)
	if got := b.lists(time.Minute, "heir", "alice")[0].Tag; got != "later" {
		b.Fatalf("an earlier event had the last word: %q", got)
	}
}

func insteadRace(b *book) {
	for _, client := range []string{"alice", "lost", "bob"} {
		b.adds(b.entry(client, 0), ofMany(3), false)
	}
	won := b.race(directory.ErrFull, func(i int) error {
		listed, err := b.addEntry(b.entry(fmt.Sprint("heir", i), time.Second), b.insteadOf("lost", 3), time.Second)
		if err == nil && !listed.Already && b.clients(listed.Before) != "[lost]" {
			err = errors.New("it has a place, and took none")
		}
		return err
	})
	list, err := b.Entries(b.Context(), b.name, epoch.Add(time.Second), true)
	if won != 1 || err != nil || len(list) != 3 || !list[2].Listed.Equal(epoch) {
		b.Fatalf("%d came in one place, listed are %+v, %v: want 1", won, list, err)
	}
}
