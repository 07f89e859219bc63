package template

import (
	"regexp"
	"slices"
	"strconv"
)

// retired are the runtimes of nodejs and python of which AWS has created no function for years.
var retired = []string{
	"nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x",
	"python2.7", "python3.6", "python3.7",
}

var (
	nodeRuntime   = regexp.MustCompile(`^nodejs(\d{2})\.x$`)
	pythonRuntime = regexp.MustCompile(`^python3\.(\d{1,2})$`)
)

// noteRuntime tells of a runtime that localdev runs by what this machine has, and that Lambda has
// not. One that may have come since localdev was made is none of these.
func (f *function) noteRuntime() {
	version := func(form *regexp.Regexp) int {
		if m := form.FindStringSubmatch(f.Runtime); m != nil {
			n, _ := strconv.Atoi(m[1]) // digits are a number
			return n
		}
		return 0
	}
	node, python := version(nodeRuntime), version(pythonRuntime)
	at := f.resource.at
	if n := f.resource.props.get("Runtime"); n != nil {
		at = n.at
	}
	switch {
	case slices.Contains(retired, f.Runtime):
		f.resource.notice(at, "AWS creates no functions of "+f.Runtime+" any more")
	case node >= 16 && node < 40 && node%2 == 0, python >= 8 && python < 30:
	default:
		f.resource.notice(at, "Lambda has no runtime "+f.Runtime+": write e.g. nodejs24.x or python3.14")
	}
}
