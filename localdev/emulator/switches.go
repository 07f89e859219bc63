package emulator

import "github.com/parley-rtc/parley/localdev/internal/apigw"

// Switches are choices where nobody knows for sure what AWS does. The zero value is what is most likely.
type Switches struct{ apigw.Switches }

// Set turns on the switch of that name; SwitchNames lists them.
func (s *Switches) Set(name string) error { return s.Switches.Set(name) }

// SwitchNames are the names of all switches, sorted.
func SwitchNames() []string { return apigw.SwitchNames() }
