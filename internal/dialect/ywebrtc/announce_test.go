package ywebrtc_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const (
	inTheClear = `{"type":"announce","from":"0b9f3c9e-6d5c-4d0e-9a51-0d7b6d0c7e11"}`
	// What y-webrtc 10.3.0 makes of the same with a password. The shortest signal is 260 characters long.
	withPassword = `"B0FFUy1HQ00MIZq8M9zhlshrTM4OTH1jZN4/tCYY/D/OOo6sjCr+2OPbDPIXAoBAL+EUKjdcUrQnuVG+H9Sv8jwgcs4IHIBDgRDP+4DftQ05VUGC3NO07yIsRZnbUjfuYmg="`
)

// TestOfTwoArrivalsTheEarlierIsOldNews has two pages that both see each other announce themselves:
// one hears of the other at once, so that it alone calls.
func TestOfTwoArrivalsTheEarlierIsOldNews(t *testing.T) {
	for _, data := range []string{inTheClear, withPassword} {
		synctest.Test(t, func(t *testing.T) {
			s := arrived(t)
			announce := fmt.Sprintf(`{"type":"publish","topic":"notes","data":%s}`, data)
			go s.does("ada", "%s", announce)
			go s.does("bob", "%s", announce)
			synctest.Wait()
			if got := s.heard(); got != "ada < "+announce {
				t.Errorf("at once: got %s", got)
			}
			time.Sleep(999 * time.Millisecond) //nolint:forbidigo // in a bubble: it takes no time
			synctest.Wait()
			if got := s.heard(); got != "" {
				t.Errorf("before a second is over: got %s", got)
			}
			time.Sleep(time.Millisecond) //nolint:forbidigo // likewise
			synctest.Wait()
			if got := s.heard(); got != "bob < "+announce {
				t.Errorf("after a second: got %s", got)
			}
		})
	}
}

// arrived has ada subscribe, and bob in the moment after.
func arrived(t *testing.T) *stage {
	s := newStage(t)
	s.connect(nil, "ada", "bob")
	s.does("ada", `{"type":"subscribe","topics":["notes"]}`)
	s.now = s.now.Add(time.Millisecond)
	s.does("bob", `{"type":"subscribe","topics":["notes"]}`)
	return s
}

func TestWhatAnnouncesNoArrivalGoesToAllAtOnce(t *testing.T) {
	signal := `{"type":"signal","to":"B","from":"A","signal":{}}`
	sealedSignal := withPassword[:len(withPassword)-1] + strings.Repeat("A", 128) + `"`
	for _, data := range []string{signal, sealedSignal, `"announce"`, `["announce"]`, `1`, `null`} {
		synctest.Test(t, func(t *testing.T) {
			s := arrived(t)
			frame := fmt.Sprintf(`{"type":"publish","topic":"notes","data":%s}`, data)
			go s.does("ada", "%s", frame)
			synctest.Wait()
			if got := s.heard(); got != "bob < "+frame {
				t.Errorf("got %q", got)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		s := arrived(t)
		s.now = s.now.Add(500 * time.Millisecond) // it has been there for a while
		go s.does("ada", `{"type":"publish","topic":"notes","data":%s}`, inTheClear)
		synctest.Wait()
		if got := s.heard(); !strings.HasPrefix(got, "bob < ") {
			t.Errorf("got %q", got)
		}
	})
}

func TestOldNewsIsOfNoUseToOrOfWhoHasLeft(t *testing.T) {
	for _, who := range []string{"ada", "bob"} {
		synctest.Test(t, func(t *testing.T) {
			s := arrived(t)
			go s.does("ada", `{"type":"publish","topic":"notes","data":%s}`, inTheClear)
			synctest.Wait()
			s.now = s.now.Add(2 * time.Millisecond)
			s.does(who, `{"type":"unsubscribe","topics":["notes"]}`)
			time.Sleep(time.Second) //nolint:forbidigo // in a bubble: it takes no time
			synctest.Wait()
			if got := s.heard(); got != "" {
				t.Errorf("%s has left: got %s", who, got)
			}
		})
	}
}
