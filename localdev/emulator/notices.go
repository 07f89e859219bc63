package emulator

import (
	"fmt"
	"strings"

	"github.com/parley-rtc/parley/localdev/internal/template"
)

// maxNamed is how many resources one line names.
const maxNamed = 5

// warn tells what is left out: a line for each reason, however many resources share it.
func (e *Emulator) warn() {
	type reason struct{ file, text string }
	var reasons []reason
	notices := map[reason][]template.Notice{}
	for _, n := range e.stack.Notices {
		r := reason{n.File, n.Text}
		if notices[r] == nil {
			reasons = append(reasons, r)
		}
		notices[r] = append(notices[r], n)
	}
	for _, r := range reasons {
		log := e.log
		if r.file != "" {
			log = log.With("file", r.file)
		}
		all := notices[r]
		if len(all) == 1 {
			log.Warn("left out", "resource", all[0].LogicalID, "line", all[0].Line, "reason", r.text)
			continue
		}
		var names, lines []string
		for _, n := range all {
			names, lines = append(names, n.LogicalID), append(lines, fmt.Sprint(n.Line))
		}
		log.Warn("left out", "resource", some(names), "line", some(lines), "reason", r.text)
	}
}

// some names the first of them.
func some(names []string) string {
	if len(names) <= maxNamed+1 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), len(names)-maxNamed)
}
