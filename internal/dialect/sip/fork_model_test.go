package sip_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/parley-rtc/parley/internal/dialect/sip/siptest"
	"github.com/parley-rtc/parley/internal/sip"
)

// play is a forked call in which phones do as a script says, and everybody what RFC 3261 says.
type play struct {
	*forked
	processes []*siptest.Process // by turns
	turn      int
	script    []int // how each phone answers, 0 if nobody is near it

	cancelled bool
	answered  []int // what each phone has answered finally, 0 if it has not
	acks      []int // that it has heard
	first     int   // phone to answer, -1 if none has
	told      []int // final responses that alice has heard
	oks       int   // to her CANCEL
}

func (p *play) begin(script []int) {
	p.t.Helper()
	p.script, p.answered, p.acks = script, make([]int, len(script)), make([]int, len(script))
	p.cancelled, p.first, p.told, p.oks = false, -1, nil, 0
	p.send("INVITE")
}

func (p *play) says(by *siptest.Phone, m *sip.Message) {
	p.t.Helper()
	p.turn++
	p.Through(p.processes[p.turn%len(p.processes)], func() { by.Says(m) })
}

// Events: the caller gives up (0), phone i rings (1+2i) and answers (2+2i).
const givesUp = 0

func rings(phone int) int   { return 1 + 2*phone }
func answers(phone int) int { return 2 + 2*phone }

func (p *play) happens(event int) {
	p.t.Helper()
	phone := (event - 1) / 2
	switch {
	case event == givesUp:
		p.cancelled = true
		p.says(p.alice, p.alice.Cancel(p.sent))
	case event == rings(phone):
		p.says(p.phones[phone], p.phones[phone].Response(p.heard[phone], 180))
	default:
		p.final(phone, p.script[phone])
	}
}

// final has a phone answer finally, unless it has.
func (p *play) final(phone, status int) {
	p.t.Helper()
	if p.answered[phone] != 0 || status == 0 {
		return
	}
	p.answered[phone] = status
	if status == 200 && p.first < 0 {
		p.first = phone
	}
	p.says(p.phones[phone], p.phones[phone].Response(p.heard[phone], status))
}

// settle has everybody react to what they have heard.
func (p *play) settle() {
	p.t.Helper()
	for quiet := false; !quiet; {
		quiet = true
		for i, phone := range p.phones {
			for _, m := range phone.Heard() {
				quiet = false
				p.reacts(i, m)
			}
		}
	}
	for _, m := range p.alice.Heard() {
		switch _, method := m.CSeq(); {
		case method == "CANCEL":
			p.oks++
		case m.Status >= 200:
			p.told = append(p.told, m.Status)
		}
	}
}

func (p *play) reacts(phone int, m *sip.Message) {
	p.t.Helper()
	p.wantSameBranch(m, phone)
	if m.Method == "ACK" {
		p.acks[phone]++
		return
	}
	status := 200
	if p.answered[phone] != 0 {
		status = 481
	}
	p.says(p.phones[phone], p.phones[phone].Response(m, status))
	p.final(phone, 487)
}

// ends has alice give up where phones still ring, unless somebody has the call, and compares what
// came of it with what has to.
func (p *play) ends(story string) {
	p.t.Helper()
	p.settle()
	if slices.Contains(p.answered, 0) && p.first < 0 && !p.cancelled {
		p.happens(givesUp)
		p.settle()
	}
	var won, lost []int
	for i, status := range p.answered {
		acks := 1
		switch status {
		case 0:
			p.t.Errorf("%s: bob%d rings forever", story, i)
			acks = 0
		case 200:
			won, acks = append(won, 200), 0
		default:
			lost = append(lost, status)
		}
		if p.acks[i] != acks {
			p.t.Errorf("%s: bob%d hears %d ACKs, want %d", story, i, p.acks[i], acks)
		}
	}
	want := won
	for _, best := range []int{486, 487, 603} {
		if won == nil && slices.Contains(lost, best) {
			want = []int{best}
		}
	}
	if !slices.Equal(p.told, want) {
		p.t.Errorf("%s: alice is told %v, want %v", story, p.told, want)
	}
	if p.cancelled && p.oks != 1 || !p.cancelled && p.oks != 0 {
		p.t.Errorf("%s: %d answers to the CANCEL", story, p.oks)
	}
	p.WantQuiet()
}

func newPlay(t *testing.T, phones, processes int) *play {
	t.Helper()
	p := &play{forked: newForked(t, phones)}
	for range processes {
		p.processes = append(p.processes, p.NewProcess())
	}
	return p
}

// permutations returns all orders of 0 to n-1 that are allowed.
func permutations(n int, allowed func(order []int) bool) (list [][]int) {
	var extend func(order []int)
	extend = func(order []int) {
		if len(order) == n {
			list = append(list, slices.Clone(order))
		}
		for next := range n {
			if longer := append(slices.Clip(order), next); !slices.Contains(order, next) && allowed(longer) {
				extend(longer)
			}
		}
	}
	extend(nil)
	return list
}

func free([]int) bool { return true }

// ringFirst allows the orders in which phones ring before they answer.
func ringFirst(order []int) bool {
	last := order[len(order)-1]
	return last == givesUp || last%2 == 1 || slices.Contains(order, last-1)
}

// scripts returns all ways in which so many phones answer.
func scripts(phones int) (list [][]int) {
	if phones == 0 {
		return [][]int{nil}
	}
	for _, before := range scripts(phones - 1) {
		for _, status := range []int{0, 200, 486, 603} {
			list = append(list, append(slices.Clip(before), status))
		}
	}
	return list
}

// run plays one story, in which people react at once, or only when all that they do themselves is
// done.
func (p *play) run(script, order []int, lazy bool) {
	p.t.Helper()
	p.begin(script)
	for _, event := range order {
		p.happens(event)
		if !lazy {
			p.settle()
		}
	}
	p.ends(fmt.Sprintf("phones answer %v, events %v, lazy %v", script, order, lazy))
}

// Every so many-th of all stories is played: what is wrong in one is wrong in many. With 1 all are.
const stride = 5

func TestTwoPhonesAndACallerThatGivesUpEndWellInAnyOrder(t *testing.T) {
	p, n := newPlay(t, 2, 2), 0
	for _, order := range permutations(5, free) {
		for _, script := range scripts(2) {
			if n++; n%stride == 0 {
				p.run(script, order, n%2 == 0)
			}
		}
	}
}

func TestThreePhonesAndACallerThatGivesUpEndWellInAnyOrder(t *testing.T) {
	p, all := newPlay(t, 3, 2), scripts(3)
	for n, order := range permutations(7, ringFirst) {
		if n%stride == 0 {
			p.run(all[n/stride*37%len(all)], order, n%2 == 0)
		}
	}
}

func TestThreePhonesEndWellInWhicheverOrderTheyAnswer(t *testing.T) {
	p := newPlay(t, 3, 3)
	for _, order := range permutations(3, free) {
		for _, script := range scripts(3) {
			if slices.Contains(script, 0) {
				continue
			}
			p.run(script, []int{answers(order[0]), answers(order[1]), answers(order[2])}, false)
		}
	}
}

func TestPhonesAndACallerThatActAtOnceEndWell(t *testing.T) {
	p := newPlay(t, 3, 1)
	p.Process = p.processes[0]
	for i, script := range scripts(3) {
		p.begin(script)
		var all sync.WaitGroup
		for phone := range p.phones {
			all.Go(func() {
				p.answers(phone, 180)
				if script[phone] != 0 {
					p.answers(phone, script[phone])
				}
			})
			p.answered[phone] = script[phone]
		}
		if p.cancelled = i%2 == 0; p.cancelled {
			all.Go(func() { p.alice.Says(p.alice.Cancel(p.sent)) })
		}
		all.Wait()
		p.first = slices.Index(script, 200)
		p.ends(fmt.Sprintf("phones answer %v at once, given up: %v", script, p.cancelled))
	}
}

func TestAMessageIsAnsweredOnceInWhicheverOrderPhonesDo(t *testing.T) {
	p := newPlay(t, 3, 2)
	for _, order := range permutations(3, free) {
		for _, script := range scripts(3) {
			if slices.Contains(script, 0) {
				continue
			}
			p.send("MESSAGE")
			p.first = -1
			for _, phone := range order {
				if script[phone] == 200 && p.first < 0 {
					p.first = phone
				}
				p.says(p.phones[phone], p.phones[phone].Response(p.heard[phone], script[phone]))
			}
			switch {
			case p.first >= 0:
				p.wantTold(200, p.first)
			case slices.Contains(script, 603):
				p.wantTold(603, slices.Index(script, 603))
			default:
				p.wantTold(486, 0)
			}
			p.wantSilence()
		}
	}
}
