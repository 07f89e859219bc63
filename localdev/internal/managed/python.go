package managed

import "strings"

var python = language{
	name:   "python",
	source: "index.py",
	programs: func(runtime string) []string { // Lambda's own version before any other
		return []string{"python" + strings.TrimPrefix(runtime, "python"), "python3", "python"}
	},
	install: "install Python 3 so that python3 is on PATH",
}
