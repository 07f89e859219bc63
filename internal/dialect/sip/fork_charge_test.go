package sip_test

import "testing"

// What forking costs with n phones, beside the finding of them. Each fact is written once, and
// whoever has lost is told from who has failed by a read.
func TestWhatForkingCosts(t *testing.T) {
	const n = 5
	for _, c := range []struct {
		course, method string
		happens        func(f *forked)
		reads, writes  int
		found          float64 // what finding the phones takes, after the request
	}{
		{course: "one answers", method: "INVITE", reads: n - 1, writes: n + 1, happens: func(f *forked) {
			f.rings()
			f.answers(2, 200)
			f.others(2, 487)
		}},
		{course: "one answers at once", method: "INVITE", writes: 1, happens: func(f *forked) { f.answers(2, 200) }},
		{course: "all decline", method: "INVITE", writes: n + n, happens: func(f *forked) {
			f.rings()
			f.others(-1, 486)
		}},
		{course: "all decline at once", method: "INVITE", writes: n, happens: func(f *forked) { f.others(-1, 486) }},
		{course: "one declines for all", method: "INVITE", reads: n - 1, writes: n + n, happens: func(f *forked) {
			f.rings()
			f.answers(2, 603)
			f.others(2, 487)
		}},
		{course: "all are cancelled", method: "INVITE", reads: n, writes: n + 1 + n, found: 0.5, happens: func(f *forked) {
			f.rings()
			f.cancels()
			f.others(-1, 487)
		}},
		{course: "phones repeat what they have said", method: "INVITE", writes: n + 1, happens: func(f *forked) {
			f.rings()
			f.others(-1, 183)
			f.answers(2, 200)
			f.answers(2, 200)
		}},
		{course: "all take a message", method: "MESSAGE", writes: n, happens: func(f *forked) { f.others(-1, 200) }},
	} {
		t.Run(c.course, func(t *testing.T) {
			f := calls(t, n, c.method)
			f.Store.TakeUnits()
			c.happens(f)
			if reads, writes := f.Transactions.TakeUnits(); reads != c.reads || writes != c.writes {
				t.Errorf("got %d reads and %d writes, want %d and %d", reads, writes, c.reads, c.writes)
			}
			if reads, writes := f.Store.TakeUnits(); reads != c.found || writes != 0 {
				t.Errorf("got %v reads and %v writes beside, want %v and 0", reads, writes, c.found)
			}
		})
	}
}

// others has all phones but one answer.
func (f *forked) others(but, status int) {
	f.t.Helper()
	for i := range f.phones {
		if i != but {
			f.answers(i, status)
		}
	}
}
