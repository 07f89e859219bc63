package apigw

import (
	"fmt"
	"slices"
	"strings"
)

// Switches choose what localdev does where nobody knows for sure what AWS does. The zero value is what is most likely.
type Switches struct {
	PingKeeps      bool // a client's ping is activity
	DeleteNoStatus bool // after DELETE @connections the client's close frame has no code
	Connect502     bool // $connect that takes too long is 502 in place of 504
	ErrorFrame     bool // a function's statusCode of 300 or more on a message sends "Internal server error"
	Signed         bool // requests to @connections must be signed
	DoubleSlash404 bool // /stage//@connections is not /stage/@connections
	LoneResponses  bool // a RouteResponse is enough, without a RouteResponseSelectionExpression
}

// names are those of the -switch flag.
func (s *Switches) names() map[string]*bool {
	return map[string]*bool{
		"ping-resets-idle":    &s.PingKeeps,
		"delete-closes-1005":  &s.DeleteNoStatus,
		"connect-timeout-502": &s.Connect502,
		"status-error-frame":  &s.ErrorFrame,
		"signed-connections":  &s.Signed,
		"double-slash-404":    &s.DoubleSlash404,
		"lone-responses":      &s.LoneResponses,
	}
}

// Set turns on the switch of that name.
func (s *Switches) Set(name string) error {
	on, ok := s.names()[name]
	if !ok {
		return fmt.Errorf("no such switch: %q; there are %s", name, strings.Join(SwitchNames(), ", "))
	}
	*on = true
	return nil
}

// SwitchNames lists the names of all switches, sorted.
func SwitchNames() []string {
	var s Switches
	list := []string{}
	for name := range s.names() {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
