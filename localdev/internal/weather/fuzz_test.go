package weather

import (
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/clock"
)

func FuzzParse(f *testing.F) {
	for _, file := range []string{
		"seed: 1\nrules: [{fault: cut, nth: 2}]", `{"fault": "push-drop", "times": 1}`, "rules: [{fault: push-delay, delay: 1h, every: 3, from: 1m, until: 2m}]",
		"seed: -1", "rules: [{fault: reorder, probability: 2}]", "a: &a [*a]", "",
	} {
		f.Add([]byte(file))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		forecast, err := Parse(raw)
		if err != nil {
			return
		}
		if err := New(&clock.Clock{}, Names{}).Add(forecast); err != nil {
			return
		}
	})
}
